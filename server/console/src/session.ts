// What every view shares: who asks, the units that are seen, the monitor's time, the live link.
import { type Me, type Unit, ask } from './api.js';
import { fold } from './format.js';
import { Live } from './live.js';

export const live = new Live();
export let me: Me;
let units = new Map<string, Unit>();
let nowAtLoad = 0;
let loadedAt = 0;

export async function open(): Promise<void> {
  // Both at once: the first view waits for them.
  const [who, list] = await Promise.all([ask<Me>('me'), ask<{ units: Unit[] }>('units')]);
  me = who;
  nowAtLoad = Date.parse(me.now);
  loadedAt = performance.now();
  units = new Map(list.units.map((unit) => [unit.code, unit]));
  live.start();
}

export const may = (right: string): boolean => me.rights.includes(right);

// The monitor's clock, which may be another than this machine's.
export function now(): number { return nowAtLoad + performance.now() - loadedAt; }
// An answer says later than we thought it is: a clock may run faster than time.
export function notBefore(instant: string): void {
  const ahead = Date.parse(instant) - now();
  if (ahead > 0) nowAtLoad += ahead;
}

export function unitName(code: string | null | undefined): string {
  return code == null ? '' : units.get(code)?.name ?? code;
}
export const unitOf = (code: string): Unit | undefined => units.get(code);
export const allUnits = (): Unit[] => [...units.values()];
export function childrenOf(code: string): Unit[] {
  return allUnits().filter((unit) => unit.parent === code);
}
// Units of which no other one that is seen stands above.
export function topUnits(): Unit[] {
  return allUnits().filter((unit) => unit.parent == null || !units.has(unit.parent));
}
export function homeUnit(): string { return topUnits()[0]?.code ?? ''; }
// The ancestors that are seen, highest first.
export function pathTo(code: string): Unit[] {
  const path: Unit[] = [];
  for (let unit = units.get(code); unit; unit = unit.parent ? units.get(unit.parent) : undefined) {
    path.unshift(unit);
  }
  return path;
}
// The unit directly below `above` that `code` lies in; undefined where it lies elsewhere.
export function branchOf(code: string, above: string): string | undefined {
  let at = units.get(code);
  while (at && at.parent !== above) at = at.parent ? units.get(at.parent) : undefined;
  return at?.code;
}

const LEVELS: Record<string, string> = {
  province: 'tỉnh', department: 'sở, ngành', district: 'huyện', commune: 'xã', unknown: 'đơn vị',
};
export const levelName = (level: string): string => LEVELS[level] ?? level;

export function findUnits(text: string, most: number): Unit[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const scored: { unit: Unit; at: number }[] = [];
  for (const unit of units.values()) {
    const folded = fold(`${unit.name} ${unit.code}`);
    if (!words.every((word) => folded.includes(word))) continue;
    const at = folded.indexOf(words.join(' '));
    scored.push({ unit, at: at < 0 ? 1000 : at });
  }
  scored.sort((a, b) => a.at - b.at || a.unit.name.length - b.unit.name.length);
  return scored.slice(0, most).map((each) => each.unit);
}
