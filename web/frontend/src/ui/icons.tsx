// Icons: strokes on a 16-unit grid, in the colour of the text around them, hidden from screen readers.

const PATHS = {
  search: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.4 10.4 14 14',
  close: 'm4 4 8 8M12 4l-8 8',
  left: 'M10 3 5 8l5 5',
  right: 'm6 3 5 5-5 5',
  down: 'm4 6 4 4 4-4',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  only: 'M2.5 3h11L9.5 8.2V13l-3-1.6V8.2Z',
  not: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM4.2 11.8l7.6-7.6',
  copy: 'M6 5.5h7.5V14H6ZM3 10.5H2.5V2H10v1',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2v9.6L12.5 8Z',
  context: 'M3 3h10M3 13h10M2 8h12M5.5 5.5h5M5.5 10.5h5',
  clock: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11ZM8 5v3.2l2 1.3',
  zoomOut: 'M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9ZM10.4 10.4 14 14M5 7h4',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  wrap: 'M2.5 4h11M2.5 8h9a2 2 0 0 1 0 4H9m1.5-1.5L9 12l1.5 1.5M2.5 12h3',
  bars: 'M3 13V8M6.5 13V4M10 13V6.5M13.5 13V9.5',
  boot: 'M8 2.5v5M5 4.4a5 5 0 1 0 6 0',
  column: 'M2.5 3h11v10h-11ZM7 3v10M10.5 3v10',
  link: 'M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2.2-2.2A2.6 2.6 0 0 0 9 3.3l-.8.8M9.2 6.8a2.6 2.6 0 0 0-3.7 0L3.3 9A2.6 2.6 0 0 0 7 12.7l.8-.8',
  save: 'M8 2.5v7M5 7l3 3 3-3M2.5 13h11',
  view: 'M2.5 4h7M12 4h1.5M2.5 8h2M7 8h6.5M2.5 12h5M10 12h3.5M9.5 2.5v3M4.5 6.5v3M7.5 10.5v3',
  warning: 'M8 2.5 14.2 13.3H1.8ZM8 6.4v3.2M8 11.4v.1',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
