// Hồ sơ: the list behind a number; or, with a number of its own, one case.
import { type TemplateResult, html, nothing } from 'lit';
import { type CaseLine, type CaseList, type Query, ask } from './api.js';
import { count, day, moment, periodName, word } from './format.js';
import { procedureNames } from './names.js';
import { caseTable } from './parts.js';
import { casesLink, change } from './route.js';
import { homeUnit, unitName } from './session.js';
import { View } from './view.js';

const PAGE = 50;
const ORDERS = [['urgency', 'Gấp trước'], ['recent', 'Tin mới trước'], ['number', 'Theo mã số']] as const;
const CLOCKS = [['', 'Mọi hồ sơ'], ['overdue', 'Quá hạn'], ['due_soon', 'Sắp đến hạn'], ['overdue,due_soon', 'Quá hạn và sắp đến hạn'],
                ['paused', 'Tạm dừng'], ['in_time', 'Còn hạn']] as const;

class CasesView extends View {
  private lines: CaseLine[] = [];
  private total = 0;
  private next: string | null = null;
  private procedures = new Map<string, string>();

  private query(): Query {
    const { from, to, ...rest } = this.route.query;
    const span = from && to ? { from, to } : { period: this.period };
    delete rest['period'];
    return { order: 'urgency', ...rest, unit: rest['unit'] ?? homeUnit(), ...span };
  }

  protected async load(current: () => boolean): Promise<void> {
    // As many as are shown, so that a refresh takes none away.
    const limit = Math.max(PAGE, Math.min(this.lines.length, 1000));
    const page = await ask<CaseList>('cases', { ...this.query(), limit: this.loaded ? limit : PAGE });
    const procedures = await procedureNames();
    if (!current()) return;
    Object.assign(this, { lines: page.cases, total: page.total, next: page.next_cursor, procedures });
  }

  private async more(): Promise<void> {
    const page = await ask<CaseList>('cases', { ...this.query(), limit: PAGE, cursor: this.next });
    this.lines = [...this.lines, ...page.cases];
    this.next = page.next_cursor;
    this.requestUpdate();
  }

  private filters(): string[] {
    const query = this.route.query;
    const said: string[] = [];
    if (query['from'] && query['to']) {
      said.push(query['from'] === query['to'] ? `ngày ${day(query['from'])}` : `${day(query['from'])} đến ${day(query['to'])}`);
    } else said.push(periodName(this.period));
    said.push(`cách tính ${word(query['rule'] ?? 'form06')}`);
    for (const state of (query['state'] ?? '').split(',').filter(Boolean)) said.push(word(state).toLowerCase());
    if (query['channel']) said.push(`kênh ${word(query['channel']).toLowerCase()}`);
    if (query['carried_over']) said.push(query['carried_over'] === 'true' ? 'kỳ trước chuyển qua' : 'tiếp nhận trong kỳ');
    if (query['recorded_since']) said.push(`có tin mới từ ${moment(query['recorded_since'])}`);
    if (query['as_of']) said.push(`như ngày ${moment(query['as_of'])}`);
    return said;
  }

  private pick(label: string, name: string, options: readonly (readonly [string, string])[], value: string): TemplateResult {
    return html`<label class="pick">${label}<select @change=${(event: Event) =>
      change(this.route, { [name]: (event.target as HTMLSelectElement).value })}>
      ${options.map(([code, text]) => html`<option value=${code} ?selected=${code === value}>${text}</option>`)}</select></label>`;
  }

  protected show(): TemplateResult {
    const query = this.query();
    return html`<header class="head"><div><h1 tabindex="-1">Hồ sơ: ${unitName(String(query['unit']))}</h1>
        <p class="note">${this.filters().join(', ')}</p></div>
        ${this.route.query['from'] ? nothing : this.periodPicker()}
        ${this.pick('Thời hạn', 'clock', CLOCKS, this.route.query['clock'] ?? '')}
        ${this.pick('Thứ tự', 'order', ORDERS, String(query['order']))}</header>
      <p id="total" aria-live="polite"><b>${count(this.total)}</b> hồ sơ
        ${this.route.query['state'] || this.route.query['clock'] ? html`(<a href=${casesLink({ unit: query['unit'], period: this.period, order: 'urgency' })}>bỏ lọc</a>)` : nothing}</p>
      <section class="card">${caseTable(this.lines, this.procedures, 'Danh sách hồ sơ')}
        ${this.next ? html`<p><button @click=${() => this.more()}>Xem thêm ${count(Math.min(PAGE, this.total - this.lines.length))} hồ sơ</button></p>` : nothing}</section>`;
  }
}
customElements.define('view-cases', CasesView);
