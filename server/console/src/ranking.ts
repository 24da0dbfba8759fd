// The units below one, those that need a look first.
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import type { Group, Sheet, Summary } from './api.js';
import { NONE, collator, count, percent } from './format.js';
import { bar, points } from './parts.js';
import { casesLink, unitLink } from './route.js';
import { branchOf, childrenOf } from './session.js';

interface Row {
  code: string; name: string; open: number; overdue: number; soon: number;
  onTime: number; received: number; ratio: number | null;
  score: number | null; measured: number;
}
// Of the points that are measured: not every unit has the same.
const share = (row: Row): number => (row.score == null || !row.measured ? Infinity : row.score / row.measured);
type Column = 'name' | 'open' | 'overdue' | 'soon' | 'ratio' | 'score';
const COLUMNS: { id: Column; label: string }[] = [
  { id: 'name', label: 'Đơn vị' }, { id: 'overdue', label: 'Quá hạn' },
  { id: 'soon', label: 'Sắp đến hạn' }, { id: 'open', label: 'Đang giải quyết' },
  { id: 'ratio', label: 'Đúng hạn (766)' }, { id: 'score', label: 'Điểm 766' },
];

const SHOWN_AT_FIRST = 10;

export class UnitRanking extends LitElement {
  static override properties = {
    unit: {}, period: {}, summary: { attribute: false }, sheet: { attribute: false },
    sort: { state: true }, whole: { state: true },
  };
  unit = '';
  period = '';
  summary!: Summary;   // rule qd766, by unit
  sheet: Sheet | null = null;
  sort: Column = 'overdue';
  whole = false;

  protected override createRenderRoot(): this { return this; }

  private rows(): Row[] {
    const rows = new Map<string, Row>();
    for (const child of childrenOf(this.unit)) {
      rows.set(child.code, { code: child.code, name: child.name, open: 0, overdue: 0, soon: 0,
        onTime: 0, received: 0, ratio: null, score: null, measured: 0 });
    }
    for (const group of this.summary.groups ?? []) {
      const row = rows.get(branchOf(group.key, this.unit) ?? '');
      if (row) this.add(row, group);
    }
    for (const child of this.sheet?.children ?? []) {
      const row = rows.get(child.unit);
      if (row) Object.assign(row, { score: child.total, measured: child.measured_max });
    }
    for (const row of rows.values()) row.ratio = row.received ? row.onTime / row.received : null;
    return [...rows.values()].sort((a, b) => this.compare(a, b));
  }
  private add(row: Row, group: Group): void {
    row.open += group.open.total;
    row.overdue += group.open.overdue;
    row.soon += group.open.due_soon;
    row.onTime += group.resolved.early + group.resolved.on_time + group.pending.in_time;
    row.received += group.received.total;
  }
  // Ratios and scores: the lowest first, counts: the highest.
  private compare(a: Row, b: Row): number {
    const by = this.sort;
    const names = collator.compare(a.name, b.name);
    if (by === 'name') return names;
    if (by === 'ratio') return (a.ratio ?? Infinity) - (b.ratio ?? Infinity) || names;
    if (by === 'score') return share(a) - share(b) || names;
    return b[by] - a[by] || names;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.summary) return nothing;
    const rows = this.rows();
    if (rows.length === 0) return nothing;
    const shown = this.whole ? rows : rows.slice(0, SHOWN_AT_FIRST);
    const most = Math.max(...rows.map((row) => row.overdue), 1);
    const list = (code: string, clock?: string) =>
      casesLink({ unit: code, period: this.period, rule: 'qd766', order: 'urgency', ...(clock ? { clock } : { state: 'pending' }) });
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Xếp hạng đơn vị"><table class="ranking">
      <caption class="hidden">Xếp hạng đơn vị</caption>
      <thead><tr>${COLUMNS.map((column) => html`<th scope="col" class=${column.id === 'name' ? '' : 'number'}
        aria-sort=${this.sort !== column.id ? 'none' : column.id === 'name' || column.id === 'ratio' || column.id === 'score' ? 'ascending' : 'descending'}>
        <button class="sort" @click=${() => { this.sort = column.id; }}>${column.label}</button></th>`)}</tr></thead>
      <tbody>${shown.map((row) => html`<tr>
        <th scope="row"><a href=${unitLink(row.code, { period: this.period })}>${row.name}</a></th>
        <td class="number drawn"><a href=${list(row.code, 'overdue')} class=${row.overdue ? 'bad' : ''}>${count(row.overdue)}</a>${bar(row.overdue, most, 'bad')}</td>
        <td class="number"><a href=${list(row.code, 'due_soon')}>${count(row.soon)}</a></td>
        <td class="number"><a href=${list(row.code)}>${count(row.open)}</a></td>
        <td class="number"><a href=${casesLink({ unit: row.code, period: this.period, rule: 'qd766', state: 'resolved_early,resolved_on_time,pending_in_time' })}>${percent(row.ratio)}</a></td>
        <td class="number"><a href=${unitLink(row.code, { period: this.period })}>${row.score == null ? NONE : points(row.score, row.measured)}</a></td></tr>`)}</tbody></table></div>
      ${shown.length < rows.length ? html`<p><button @click=${() => { this.whole = true; }}>Xem cả ${count(rows.length)} đơn vị</button></p>` : nothing}`;
  }
}
customElements.define('unit-ranking', UnitRanking);
