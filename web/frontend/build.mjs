// Builds ../static from src: one script and a small one before it, one style sheet, an icon, each named by its hash, with .br and .gz beside it.
// `node build.mjs --watch` rebuilds on every change, without minifying.

import * as esbuild from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, '..', 'static');
const watch = process.argv.includes('--watch');

/** Bytes. The page opens over slow links too; growing past this should be a decision. */
const SCRIPT_GZIP_MAX = 80 * 1024;

const options = {
  absWorkingDir: here,
  entryPoints: { main: 'src/main.tsx', early: 'src/early.ts', style: 'src/style/main.css' },
  bundle: true,
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  charset: 'utf8',
  minify: !watch,
  legalComments: 'none',
  entryNames: '[name]-[hash]',
  metafile: true,
  write: false,
  outdir: 'out',
};

function hashed(name, content) {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 8).toUpperCase();
  const dot = name.lastIndexOf('.');
  return `${name.slice(0, dot)}-${hash}${name.slice(dot)}`;
}

/** The notices of every package that ended up in the bundle. MIT asks for them; minified files carry none. */
function licences(metafile) {
  const packages = new Set();
  for (const input of Object.keys(metafile.inputs)) {
    const match = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (match) packages.add(match[1]);
  }
  return [...packages].sort().map((name) => {
    const folder = join(here, 'node_modules', name);
    const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`cannot build: package ${name} has no licence file to ship; replace the package`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
  }).join(`\n${'-'.repeat(80)}\n\n`);
}

function compressed(folder) {
  for (const name of readdirSync(folder)) {
    const content = readFileSync(join(folder, name));
    const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(content, brotli));
    writeFileSync(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}

/** Writes everything into a new folder and puts that in place of the old one, so that no page is half of two builds. */
function emit(result) {
  const fresh = join(here, 'node_modules', '.fresh');
  rmSync(fresh, { recursive: true, force: true });
  const assets = join(fresh, 'assets');
  mkdirSync(assets, { recursive: true });

  const names = {};
  const add = (key, name, content) => {
    names[key] = name;
    writeFileSync(join(assets, name), content);
  };
  let size = 0;
  for (const file of result.outputFiles) {
    const name = basename(file.path);
    add(name.endsWith('.css') ? 'style' : name.startsWith('early') ? 'early' : 'script', name, file.contents);
    if (!name.endsWith('.js') || watch) continue;
    const own = gzipSync(file.contents, { level: 9 }).length;
    size += own;
    console.log(`${name}: ${(file.contents.length / 1024).toFixed(0)} KiB, ${(own / 1024).toFixed(1)} KiB compressed`);
  }
  if (size > SCRIPT_GZIP_MAX) throw new Error(`the scripts are ${size} bytes compressed; at most ${SCRIPT_GZIP_MAX} are allowed`);
  const icon = readFileSync(join(here, 'src', 'icon.svg'));
  add('icon', hashed('icon.svg', icon), icon);
  const notices = licences(result.metafile);
  add('licences', hashed('THIRD_PARTY_LICENSES.txt', notices), notices);
  compressed(assets);

  let page = readFileSync(join(here, 'src', 'index.html'), 'utf8');
  for (const [key, name] of Object.entries(names)) page = page.replaceAll(`{{${key}}}`, `assets/${name}`);
  const left = /\{\{\w+\}\}/.exec(page);
  if (left) throw new Error(`index.html names ${left[0]}, which the build does not make`);
  writeFileSync(join(fresh, 'index.html'), page);

  rmSync(target, { recursive: true, force: true });
  renameSync(fresh, target);
  console.log(`built ${relative(process.cwd(), target) || '.'}`);
}

if (watch) {
  const plugin = { name: 'emit', setup: (build) => build.onEnd((result) => { if (!result.errors.length) emit(result); }) };
  const context = await esbuild.context({ ...options, plugins: [plugin] });
  await context.watch();
} else {
  emit(await esbuild.build(options));
}
