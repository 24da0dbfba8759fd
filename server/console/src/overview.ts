// Tổng quan: the province at a glance; of a leader, the unit at a glance.
import { type TemplateResult, html, nothing } from 'lit';
import { type CaseList, type Definition, type Sheet, type Summary, type Trend, ask } from './api.js';
import { clockTime, count, isoDay, isoInstant, periodName } from './format.js';
import { definition, procedureNames } from './names.js';
import { caseTable, openTiles, ratioCard } from './parts.js';
import './ranking.js';
import { casesLink, unitLink } from './route.js';
import { scoreGroups, scoreTotal } from './score.js';
import { childrenOf, homeUnit, notBefore, now, unitName } from './session.js';
import './trend.js';
import { View } from './view.js';

const HOUR_MS = 3_600_000;

class Overview extends View {
  private portal!: Summary;
  private urgent!: CaseList;
  private form: Summary | null = null;
  private trend: Trend | null = null;
  private recent: CaseList | null = null;
  private hourBefore: Summary | null = null;
  private sheet: Sheet | null = null;
  private definition: Definition | null = null;
  private procedures = new Map<string, string>();
  private hourAgo = '';
  private shownPeriod = '';

  private get unit(): string { return this.route.query['unit'] ?? homeUnit(); }

  protected async load(current: () => boolean): Promise<void> {
    const { unit, period } = this;
    const path = `units/${unit}`;
    const hourAgo = isoInstant(now() - HOUR_MS);
    const list = { unit, period, rule: 'qd766' };
    // What a leader looks for first is asked for first.
    const [portal, urgent] = await Promise.all([
      ask<Summary>(`${path}/summary`, { period, rule: 'qd766', group_by: 'unit' }),
      ask<CaseList>('cases', { ...list, clock: 'overdue,due_soon', order: 'urgency', limit: 5 }),
    ]);
    if (!current()) return;
    notBefore(portal.cut_off);
    Object.assign(this, { portal, urgent, shownPeriod: period });
    this.loaded = true;
    this.requestUpdate();
    const [form, trend, recent, before] = await Promise.all([
      ask<Summary>(`${path}/summary`, { period, rule: 'form06' }),
      ask<Trend>(`${path}/trend`, { period }),
      ask<CaseList>('cases', { ...list, recorded_since: hourAgo, order: 'recent', limit: 5 }),
      ask<Summary>(`${path}/summary`, { period, rule: 'qd766', as_of: hourAgo, known_at: hourAgo })
        .catch(() => null),   // it may reach back to units that the token does not see
    ]);
    if (!current()) return;
    Object.assign(this, { form, trend, recent, hourBefore: before, hourAgo });
    this.requestUpdate();
    const sheet = await ask<Sheet>(`${path}/indicators`, { period, children: true });
    const [rows, names] = await Promise.all([definition(sheet.definition.id), procedureNames()]);
    if (!current()) return;
    Object.assign(this, { sheet, definition: rows, procedures: names });
  }

  protected show(): TemplateResult {
    const { unit, portal, form } = this;
    const period = this.shownPeriod;
    const list = { unit, period, rule: 'qd766' };
    const onTime = (of: Summary) => of.resolved.early + of.resolved.on_time;
    return html`
      <header class="head"><div><h1 tabindex="-1">Tổng quan: ${unitName(unit)}</h1>
        <p class="note">${periodName(period)}, số liệu đến ${clockTime(portal.cut_off)} ngày
          ${isoDay(portal.cut_off).split('-').reverse().join('/')}
          ${portal.provisional ? html`<span class="badge due_soon">tạm tính</span>` : nothing}</p></div>
        ${this.periodPicker()}</header>
      ${openTiles(portal.open, list)}
      <div class="columns">
        <section class="card wide"><h2>Việc cần làm trước</h2>
          ${caseTable(this.urgent.cases, this.procedures, 'Hồ sơ quá hạn lâu nhất', childrenOf(unit).length ? 'below' : 'nowhere')}
          ${this.urgent.total > this.urgent.cases.length ? html`<p><a href=${casesLink({ ...list, clock: 'overdue,due_soon', order: 'urgency' })}>
            Xem cả ${count(this.urgent.total)} hồ sơ quá hạn và sắp đến hạn</a></p>` : nothing}
        </section>
        ${this.today()}
      </div>
      <h2>Đúng hạn theo hai cách tính</h2>
      <div class="tiles">
        ${form === null ? nothing : ratioCard('Biểu 06 (theo ngày)', form.rates.tt01, onTime(form), form.resolved.total,
          casesLink({ unit, period, rule: 'form06', state: 'resolved_early,resolved_on_time' }),
          casesLink({ unit, period, rule: 'form06', state: 'resolved' }),
          html`<a href=${casesLink({ unit, period, rule: 'form06', state: 'resolved_late' })}>${count(form.resolved.late)} giải quyết quá hạn</a>,
            <a href=${casesLink({ unit, period, rule: 'form06', state: 'pending_late', order: 'urgency' })}>${count(form.pending.late)} đang quá hạn</a>`)}
        ${ratioCard('QĐ 766 (theo giờ)', portal.rates.qd766, onTime(portal) + portal.pending.in_time, portal.received.total,
          casesLink({ ...list, state: 'resolved_early,resolved_on_time,pending_in_time' }), casesLink({ ...list }),
          html`<a href=${casesLink({ ...list, state: 'resolved_late' })}>${count(portal.resolved.late)} giải quyết quá hạn</a>,
            <a href=${casesLink({ ...list, state: 'pending_late', order: 'urgency' })}>${count(portal.pending.late)} đang quá hạn</a>`)}
        ${form === null ? nothing : ratioCard('Nộp trực tuyến', form.rates.online, form.received.online, form.received.total,
          casesLink({ unit, period, rule: 'form06', channel: 'online', carried_over: false }),
          casesLink({ unit, period, rule: 'form06' }), 'trên tổng số tiếp nhận, kể cả kỳ trước chuyển qua')}
      </div>
      <div class="columns">
        ${childrenOf(unit).length === 0 ? nothing : html`<section class="card wide"><h2>Đơn vị</h2>
          <unit-ranking .unit=${unit} .period=${period} .summary=${portal} .sheet=${this.sheet}></unit-ranking>
          <p><a href=${unitLink(unit, { period })}>Mở trang ${unitName(unit)}</a></p></section>`}
        <section class="card"><h2>Điểm QĐ 766</h2>
          ${this.sheet && this.definition ? html`${scoreTotal(this.sheet)}${scoreGroups(this.sheet, this.definition)}`
            : html`<p role="status">Đang tính điểm…</p>`}
        </section>
      </div>
      <section class="card"><h2>Diễn biến trong kỳ</h2>
        ${this.trend ? html`<trend-chart .trend=${this.trend} .unit=${unit}></trend-chart><trend-days .trend=${this.trend} .unit=${unit}></trend-days>` : nothing}</section>`;
  }

  private today(): TemplateResult {
    const { unit, trend, recent, hourBefore: before, portal } = this;
    if (trend === null || recent === null) return html`<section class="card"><h2>Hôm nay</h2><p role="status">Đang tải…</p></section>`;
    const period = this.shownPeriod;
    const day = isoDay(portal.cut_off);
    const last = trend.days.find((each) => each.day === day);
    const of = { unit, rule: 'form06', from: day, to: day };
    const overdue = before ? portal.open.overdue - before.open.overdue : null;
    return html`<section class="card"><h2>Hôm nay</h2>
      <dl class="facts">
        <dt>Tiếp nhận</dt><dd><a href=${casesLink({ ...of, carried_over: false })}>${count(last?.received ?? 0)}</a></dd>
        <dt>Giải quyết</dt><dd><a href=${casesLink({ ...of, state: 'resolved' })}>${count(last?.resolved ?? 0)}</a></dd>
        <dt>trong đó quá hạn</dt><dd><a href=${casesLink({ ...of, state: 'resolved_late' })}>${count(last?.late ?? 0)}</a></dd>
      </dl>
      <h3>Trong giờ qua</h3>
      <p id="last-hour"><a href=${casesLink({ unit, period, rule: 'qd766', recorded_since: this.hourAgo, order: 'recent' })}>
        ${count(recent.total)} hồ sơ có tin mới</a>${overdue == null ? nothing : overdue === 0 ? ', số quá hạn không đổi'
          : html`, quá hạn <b class=${overdue > 0 ? 'bad' : 'good'}>${overdue > 0 ? '+' : '−'}${count(Math.abs(overdue))}</b>`}</p>
      <ul class="plain">${recent.cases.map((line) => html`<li><a href=${`#/ho-so/${encodeURIComponent(line.case_id)}`}>${line.case_id}</a>
        <small>${clockTime(line.recorded)}, ${unitName(line.unit)}</small></li>`)}</ul>
    </section>`;
  }
}
customElements.define('view-overview', Overview);
