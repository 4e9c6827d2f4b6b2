// Runs src/**/*.test.ts with node's own runner, types stripped by esbuild.

import * as esbuild from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const tests = readdirSync(join(here, 'src'), { recursive: true }).filter((name) => name.endsWith('.test.ts')).sort();
const folder = mkdtempSync(join(tmpdir(), 'journalhub-web-'));
try {
  await esbuild.build({
    absWorkingDir: here,
    entryPoints: tests.map((name) => join('src', name)),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: ['node20'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    sourcemap: 'inline',
  });
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.mjs')).map((name) => join(folder, name));
  const run = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
