// Đơn vị: one unit, what is below it, its score and what would raise it, its cases by urgency.
import { type TemplateResult, html, nothing } from 'lit';
import { type CaseList, type Definition, type Improvements, type Sheet, type Summary, type Trend, ask } from './api.js';
import { count, day, decimal, moment, periodName, word } from './format.js';
import { definition, procedureNames } from './names.js';
import { bar, caseTable, openTiles, points } from './parts.js';
import './ranking.js';
import { caseLink, casesLink, unitLink } from './route.js';
import { scoreGroups, scoreTotal } from './score.js';
import { childrenOf, homeUnit, levelName, pathTo, unitName, unitOf } from './session.js';
import './trend.js';
import { View } from './view.js';

const PAGE = 20;
const MOST_IMPROVING_CASES = 5;

class UnitView extends View {
  private summary!: Summary;
  private form!: Summary;
  private list!: CaseList;
  private trend: Trend | null = null;
  private sheet: Sheet | null = null;
  private definition: Definition | null = null;
  private improvements: Improvements | null = null;
  private procedures = new Map<string, string>();
  private shown = { unit: '', period: '' };

  private get unit(): string { return this.route.id || homeUnit(); }

  protected async load(current: () => boolean): Promise<void> {
    const { unit, period } = this;
    const path = `units/${unit}`;
    const [summary, list, form] = await Promise.all([
      ask<Summary>(`${path}/summary`, { period, rule: 'qd766', group_by: 'unit' }),
      ask<CaseList>('cases', { unit, period, rule: 'qd766', state: 'pending', order: 'urgency', limit: PAGE }),
      ask<Summary>(`${path}/summary`, { period, rule: 'form06' }),
    ]);
    if (!current()) return;
    if (this.shown.unit !== unit || this.shown.period !== period) {
      Object.assign(this, { trend: null, sheet: null, improvements: null });
    }
    Object.assign(this, { summary, list, form, shown: { unit, period } });
    this.loaded = true;
    this.requestUpdate();
    const [trend, sheet, improvements, procedures] = await Promise.all([
      ask<Trend>(`${path}/trend`, { period }),
      ask<Sheet>(`${path}/indicators`, { period, children: true }),
      ask<Improvements>(`${path}/improvements`, { period, limit: MOST_IMPROVING_CASES }),
      procedureNames(),
    ]);
    const rows = await definition(sheet.definition.id);
    if (!current()) return;
    Object.assign(this, { trend, sheet, improvements, procedures, definition: rows });
  }

  protected show(): TemplateResult {
    const { unit, period } = this.shown;
    const { summary, form } = this;
    const list = { unit, period, rule: 'qd766' };
    return html`
      <nav aria-label="Cấp trên" class="path">${pathTo(unit).slice(0, -1).map((above) =>
        html`<a href=${unitLink(above.code, { period })}>${above.name}</a> › `)}</nav>
      <header class="head"><div><h1 tabindex="-1">${unitName(unit)}</h1>
        <p class="note">${unit}, cấp ${levelName(unitOf(unit)?.level ?? '')}, ${periodName(period)}</p></div>
        ${this.periodPicker()}</header>
      ${openTiles(summary.open, list)}
      <section class="card"><h2>Hồ sơ theo mức gấp</h2>
        ${caseTable(this.list.cases, this.procedures, 'Hồ sơ đang giải quyết theo mức gấp', childrenOf(unit).length ? 'column' : 'nowhere')}
        ${this.list.next_cursor ? html`<p><a href=${casesLink({ ...list, state: 'pending', order: 'urgency' })}>
          Xem cả ${count(this.list.total)} hồ sơ đang giải quyết</a></p>` : nothing}</section>
      <div class="columns">
        <section class="card"><h2>Trong kỳ</h2><dl class="facts">
          <dt>Tiếp nhận</dt><dd><a href=${casesLink({ unit, period })}>${count(form.received.total)}</a></dd>
          <dt>Giải quyết đúng và trước hạn</dt><dd><a href=${casesLink({ unit, period, state: 'resolved_early,resolved_on_time' })}>${count(form.resolved.early + form.resolved.on_time)}</a></dd>
          <dt>Giải quyết quá hạn</dt><dd><a href=${casesLink({ unit, period, state: 'resolved_late' })}>${count(form.resolved.late)}</a></dd>
          <dt>Đang giải quyết</dt><dd><a href=${casesLink({ unit, period, state: 'pending' })}>${count(form.pending.total)}</a></dd>
        </dl><p class="note">Theo Biểu 06.</p></section>
        <section class="card wide"><h2>Diễn biến</h2>
          ${this.trend ? html`<trend-chart .trend=${this.trend} .unit=${unit}></trend-chart><trend-days .trend=${this.trend} .unit=${unit}></trend-days>` : html`<p role="status">Đang tải…</p>`}</section>
      </div>
      ${childrenOf(unit).length ? html`<section class="card"><h2>Đơn vị trực thuộc</h2>
        <unit-ranking .unit=${unit} .period=${period} .summary=${summary} .sheet=${this.sheet}></unit-ranking></section>` : nothing}
      ${this.sheet && this.definition && this.improvements ? this.score(this.sheet, this.definition, this.improvements) : nothing}`;
  }

  private score(sheet: Sheet, rows: Definition, improvements: Improvements): TemplateResult {
    const names = new Map(rows.indicators.map((row) => [row.id, row.name]));
    const gain = (each: Improvements['components'][number]) => each.reachable - (each.points ?? 0);
    const raisable = improvements.components.filter((each) => gain(each) >= 0.005).sort((a, b) => gain(b) - gain(a));
    const lost = sheet.components.filter((each) => each.points != null && each.max - each.points >= 0.005)
      .sort((a, b) => (b.max - b.points!) - (a.max - a.points!)).slice(0, 5);
    return html`<div class="columns">
      <section class="card"><h2>Điểm QĐ 766</h2>${scoreTotal(sheet)}${scoreGroups(sheet, rows)}</section>
      <section class="card wide"><h2>Việc làm tăng điểm</h2>
        ${raisable.length === 0 ? html`<p>Các hồ sơ đang mở không còn làm tăng điểm của kỳ này.</p>` : html`
        <table><caption>Nếu mọi hồ sơ đang mở còn kịp đều làm đủ</caption>
          <thead><tr><th scope="col">Chỉ số</th><th scope="col"><span class="hidden">Phần đạt được</span></th><th scope="col" class="number">Hiện có</th><th scope="col" class="number">Có thể đạt</th></tr></thead>
          <tbody>${raisable.map((each) => html`<tr><th scope="row">${names.get(each.id) ?? each.id}</th>
            <td class="drawn">${bar(each.points, each.max)}</td>
            <td class="number">${points(each.points, each.max)}</td><td class="number good">+${decimal(gain(each))}</td></tr>`)}</tbody></table>`}
        ${improvements.cases.length ? html`<h3>Hồ sơ có tác dụng nhất</h3><ul>${improvements.cases.map((each) => html`
          <li><a href=${caseLink(each.case_id)}>${each.case_id}</a> (${unitName(each.unit)}, hẹn trả ${moment(each.due_at)}):
          ${[...new Set(each.parts.map((part) => word(part.what)))].join(', ')}</li>`)}</ul>` : nothing}
        ${lost.length ? html`<h3>Đang mất điểm nhiều nhất</h3><ul>${lost.map((each) => html`
          <li>${each.name}: mất ${decimal(each.max - each.points!)} điểm
            (${count(each.numerator)} trên ${count(each.denominator)})</li>`)}</ul>` : nothing}
        <p class="note">Tính đến ${day(summaryDay(this.summary))}.</p>
      </section></div>`;
  }
}
const summaryDay = (summary: Summary): string => summary.cut_off;
customElements.define('view-unit', UnitView);
