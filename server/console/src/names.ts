// Names that are asked for once: of procedures, of the groups and indicators of a definition.
import { type Definition, type Summary, ask } from './api.js';
import { quarterOf, isoInstant } from './format.js';
import { homeUnit, now } from './session.js';

const definitions = new Map<string, Promise<Definition>>();
export function definition(id: string): Promise<Definition> {
  let known = definitions.get(id);
  if (!known) definitions.set(id, known = ask<Definition>(`definitions/${encodeURIComponent(id)}`));
  return known;
}

let procedures: Promise<Map<string, string>> | null = null;
// Those of this year's cases; an empty name where the catalogue has none.
export function procedureNames(): Promise<Map<string, string>> {
  procedures ??= ask<Summary>(`units/${homeUnit()}/summary`, {
    period: quarterOf(isoInstant(now())).slice(0, 4), group_by: 'procedure',
  }).then((summary) => new Map((summary.groups ?? []).map((group) => [group.key, group.name ?? ''])))
    .catch(() => new Map());
  return procedures;
}
