// Received and resolved per day, drawn with uPlot; every day opens its list.
import { LitElement, type PropertyValues, type TemplateResult, html, nothing } from 'lit';
import uPlot from 'uplot';
import type { Trend } from './api.js';
import { casesLink } from './route.js';
import { count, day } from './format.js';

const HEIGHT = 190;
const SECONDS_PER_DAY = 86_400;

export class TrendChart extends LitElement {
  static override properties = {
    trend: { attribute: false }, unit: {}, rule: {},
  };
  trend!: Trend;
  unit = '';
  rule = 'form06';
  private plot: uPlot | null = null;
  private readonly resized = new ResizeObserver(() => this.fit());
  private readonly scheme = matchMedia('(prefers-color-scheme: dark)');
  private readonly redraw = () => this.draw();

  protected override createRenderRoot(): this { return this; }
  override connectedCallback(): void {
    super.connectedCallback();
    this.resized.observe(this);
    this.scheme.addEventListener('change', this.redraw);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.scheme.removeEventListener('change', this.redraw);
    this.plot?.destroy();
    this.plot = null;
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('trend') || !this.trend) return;
    if (this.plot) this.plot.setData(this.data());
    else this.draw();
    const sum = (of: 'received' | 'resolved' | 'late') =>
      this.trend.days.reduce((total, each) => total + each[of], 0);
    this.setAttribute('role', 'img');
    this.setAttribute('aria-label', `Mỗi ngày trong kỳ: tổng cộng tiếp nhận ${count(sum('received'))}, ` +
      `giải quyết ${count(sum('resolved'))}, trong đó quá hạn ${count(sum('late'))} hồ sơ`);
  }

  private data(): uPlot.AlignedData {
    const days = this.trend.days;
    return [days.map((each) => Date.parse(each.day) / 1000), days.map((each) => each.received),
            days.map((each) => each.resolved), days.map((each) => each.late)];
  }

  private draw(): void {
    if (!this.trend) return;
    this.plot?.destroy();
    const color = (name: string) => getComputedStyle(this).getPropertyValue(name).trim();
    const axis = { stroke: color('--soft'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false } };
    const dayText = (seconds: number) => day(new Date(seconds * 1000).toISOString().slice(0, 10));
    this.plot = new uPlot({
      width: Math.max(this.clientWidth, 200), height: HEIGHT,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
      cursor: { y: false },
      legend: { live: true },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => dayText(tick).slice(0, 5)), incrs: [1, 2, 7, 14, 28, 56].map((n) => n * SECONDS_PER_DAY) },
        { ...axis, size: 48, values: (_, ticks) => ticks.map((tick) => count(tick)) },
      ],
      series: [
        { label: 'Ngày', value: (_, at) => (at == null ? '' : dayText(at)) },
        { label: 'Tiếp nhận', stroke: color('--accent'), width: 2, points: { show: false }, value: (_, n) => count(n) },
        { label: 'Giải quyết', stroke: color('--good'), width: 2, dash: [6, 3], points: { show: false }, value: (_, n) => count(n) },
        { label: 'Trong đó quá hạn', stroke: color('--bad'), fill: color('--bad-fill'), width: 1, points: { show: false }, value: (_, n) => count(n) },
      ],
    }, this.data(), this);
    this.plot.over.addEventListener('click', () => this.openDay());
  }

  private openDay(): void {
    const index = this.plot?.cursor.idx;
    const at = index == null ? undefined : this.trend.days[index];
    if (at) location.hash = casesLink({ unit: this.unit, rule: this.rule, from: at.day, to: at.day, state: 'resolved' });
  }

  private fit(): void {
    if (this.plot && this.clientWidth > 0) this.plot.setSize({ width: this.clientWidth, height: HEIGHT });
  }
}
customElements.define('trend-chart', TrendChart);

// The same days as a table, for who does not use the drawing.
export class TrendDays extends LitElement {
  static override properties = { trend: { attribute: false }, unit: {}, rule: {}, open: { state: true } };
  trend!: Trend;
  unit = '';
  rule = 'form06';
  open = false;
  protected override createRenderRoot(): this { return this; }

  protected override render(): TemplateResult {
    return html`<details @toggle=${(event: Event) => { this.open = (event.target as HTMLDetailsElement).open; }}>
      <summary>Số liệu từng ngày</summary>${this.open ? this.table() : nothing}</details>`;
  }
  private table(): TemplateResult {
    const cell = (at: string, of: number, query: object) => html`<td class="number">${of === 0 ? 0 : html`
      <a href=${casesLink({ unit: this.unit, rule: this.rule, from: at, to: at, ...query })}>${count(of)}</a>`}</td>`;
    return html`<table><caption class="hidden">Số liệu từng ngày</caption>
      <thead><tr><th scope="col">Ngày</th><th scope="col" class="number">Tiếp nhận</th><th scope="col" class="number">Giải quyết</th><th scope="col" class="number">Quá hạn</th></tr></thead>
      <tbody>${[...this.trend.days].reverse().map((each) => html`<tr><th scope="row">${day(each.day)}</th>
        ${cell(each.day, each.received, { carried_over: false })}${cell(each.day, each.resolved, { state: 'resolved' })}${cell(each.day, each.late, { state: 'resolved_late' })}</tr>`)}</tbody></table>`;
  }
}
customElements.define('trend-days', TrendDays);
