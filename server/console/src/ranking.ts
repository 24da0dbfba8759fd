// The units below one, those that need a look first.
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import type { Group, Sheet, Summary } from './api.js';
import { collator, count, decimal, percent } from './format.js';
import { bar } from './parts.js';
import { casesLink, unitLink } from './route.js';
import { branchOf, childrenOf } from './session.js';

interface Row {
  code: string; name: string; open: number; overdue: number; soon: number;
  onTime: number; received: number; ratio: number | null; score: number | null;
}
type Column = 'name' | 'open' | 'overdue' | 'soon' | 'ratio' | 'score';
const COLUMNS: { id: Column; label: string }[] = [
  { id: 'name', label: 'Đơn vị' }, { id: 'overdue', label: 'Quá hạn' },
  { id: 'soon', label: 'Sắp đến hạn' }, { id: 'open', label: 'Đang giải quyết' },
  { id: 'ratio', label: 'Đúng hạn (766)' }, { id: 'score', label: 'Điểm 766' },
];

export class UnitRanking extends LitElement {
  static override properties = {
    unit: {}, period: {}, summary: { attribute: false }, sheet: { attribute: false },
    sort: { state: true },
  };
  unit = '';
  period = '';
  summary!: Summary;   // rule qd766, by unit
  sheet: Sheet | null = null;
  sort: Column = 'overdue';

  protected override createRenderRoot(): this { return this; }

  private rows(): Row[] {
    const rows = new Map<string, Row>();
    for (const child of childrenOf(this.unit)) {
      rows.set(child.code, { code: child.code, name: child.name, open: 0, overdue: 0, soon: 0,
        onTime: 0, received: 0, ratio: null, score: null });
    }
    for (const group of this.summary.groups ?? []) {
      const row = rows.get(branchOf(group.key, this.unit) ?? '');
      if (row) this.add(row, group);
    }
    for (const child of this.sheet?.children ?? []) {
      const row = rows.get(child.unit);
      if (row) row.score = child.total;
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
    if (by === 'ratio' || by === 'score') return (a[by] ?? Infinity) - (b[by] ?? Infinity) || names;
    return b[by] - a[by] || names;
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.summary) return nothing;
    const rows = this.rows();
    if (rows.length === 0) return nothing;
    const most = Math.max(...rows.map((row) => row.overdue), 1);
    const list = (code: string, clock?: string) =>
      casesLink({ unit: code, period: this.period, rule: 'qd766', order: 'urgency', ...(clock ? { clock } : { state: 'pending' }) });
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Xếp hạng đơn vị"><table class="ranking">
      <caption class="hidden">Xếp hạng đơn vị</caption>
      <thead><tr>${COLUMNS.map((column) => html`<th scope="col" class=${column.id === 'name' ? '' : 'number'}
        aria-sort=${this.sort !== column.id ? 'none' : column.id === 'name' || column.id === 'ratio' || column.id === 'score' ? 'ascending' : 'descending'}>
        <button class="sort" @click=${() => { this.sort = column.id; }}>${column.label}</button></th>`)}</tr></thead>
      <tbody>${rows.map((row) => html`<tr>
        <th scope="row"><a href=${unitLink(row.code, { period: this.period })}>${row.name}</a></th>
        <td class="number drawn"><a href=${list(row.code, 'overdue')} class=${row.overdue ? 'bad' : ''}>${count(row.overdue)}</a>${bar(row.overdue, most, 'bad')}</td>
        <td class="number"><a href=${list(row.code, 'due_soon')}>${count(row.soon)}</a></td>
        <td class="number"><a href=${list(row.code)}>${count(row.open)}</a></td>
        <td class="number">${percent(row.ratio)}</td>
        <td class="number">${decimal(row.score)}</td></tr>`)}</tbody></table></div>`;
  }
}
customElements.define('unit-ranking', UnitRanking);
