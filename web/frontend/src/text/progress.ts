// How far a search has come, in words.

import type { Progress } from '../api/types.ts';
import { count, plural, short } from './numbers.ts';

/** "3 of 30 days, 1.2M of 14M entries"; of one day alone how many entries it has. */
export function reach({ days, of_days, entries, of_entries }: Progress): string {
  if (of_days <= 1) return of_entries ? `${short(of_entries)} entries` : '1 day';
  const looked = entries !== null && of_entries !== null ? `, ${short(entries)} of ${short(of_entries)} entries` : '';
  return `${count(days)} of ${plural(of_days, 'day')}${looked}`;
}

/** 0..1: the part of the entries that was looked at, where they are not told of the days. */
export function fraction({ days, of_days, entries, of_entries }: Progress): number {
  if (entries !== null && of_entries) return Math.min(1, entries / of_entries);
  return of_days ? Math.min(1, days / of_days) : 0;
}

/** Whether not everything was looked at. */
export const isCut = (progress: Progress | null): progress is Progress => progress !== null && progress.days < progress.of_days;
