// Báo cáo: every report, to be looked at and taken along.
import { type TemplateResult, html, nothing } from 'lit';
import { type Report, type ReportRow, ask, download } from './api.js';
import { NONE, collator, count, decimal, moment, periodName } from './format.js';
import { caseLink, change, link } from './route.js';
import { allUnits, homeUnit, unitName } from './session.js';
import { View } from './view.js';

const MOST_ROWS = 30;

const isoDate = /^\d{4}-\d\d-\d\d(T.*)?$/;
function cell(value: unknown): TemplateResult | string {
  if (value == null) return NONE;
  if (typeof value === 'number') return Number.isInteger(value) ? count(value) : decimal(value);
  if (typeof value === 'boolean') return value ? 'Có' : 'Không';
  const text = String(value);
  return isoDate.test(text) && text.length > 10 ? moment(text) : text;
}

class ReportsView extends View {
  private rows: ReportRow[] = [];
  private report: Report | null = null;
  private note = '';

  private get unit(): string { return this.route.query['unit'] ?? homeUnit(); }
  private get shownName(): string { return this.route.id || 'form06'; }

  protected async load(current: () => boolean): Promise<void> {
    const { unit, period } = this;
    const list = await ask<{ reports: ReportRow[] }>('reports');
    const report = await ask<Report>(`reports/${encodeURIComponent(this.shownName)}`, { unit, period });
    if (current()) Object.assign(this, { rows: list.reports, report });
  }
  // A report is looked at, not watched: it stays as it was made.
  protected override refreshSoon(): void {}

  private async take(name: string, format: string): Promise<void> {
    try {
      await download(`reports/${encodeURIComponent(name)}`, { unit: this.unit, period: this.period, format }, `${name}.${format}`);
      this.note = '';
    } catch (error) {
      this.note = error instanceof Error ? error.message : String(error);
    }
    this.requestUpdate();
  }

  protected show(): TemplateResult {
    const units = allUnits().sort((a, b) => collator.compare(a.name, b.name));
    return html`<header class="head"><div><h1 tabindex="-1">Báo cáo</h1><p class="note">${unitName(this.unit)}, ${periodName(this.period)}</p></div>
        <label class="pick">Đơn vị<select @change=${(event: Event) => change(this.route, { unit: (event.target as HTMLSelectElement).value })}>
          ${units.map((unit) => html`<option value=${unit.code} ?selected=${unit.code === this.unit}>${unit.name}</option>`)}</select></label>
        ${this.periodPicker()}</header>
      ${this.note ? html`<p class="problem" role="alert">${this.note}</p>` : nothing}
      <section class="card"><h2>Chọn báo cáo</h2><ul class="reports">${this.rows.map((row) => html`<li aria-current=${row.name === this.shownName ? 'true' : 'false'}>
        <a href=${link('bao-cao', row.name, this.route.query)}>${row.title}</a>
        <span class="acts">${['xlsx', 'csv', 'json'].map((format) => html`
          <button data-report=${row.name} data-format=${format} @click=${() => this.take(row.name, format)} aria-label=${`Tải ${row.title} dạng ${format.toUpperCase()}`}>${format.toUpperCase()}</button>`)}</span></li>`)}</ul></section>
      ${this.report ? this.preview(this.report) : nothing}`;
  }

  private preview(report: Report): TemplateResult {
    return html`<section class="card preview"><h2>${report.title}</h2>
      <p class="note">${report.unit_name}, số liệu đến ${moment(report.cut_off)}${report.provisional ? ', tạm tính' : ''}</p>
      ${report.paragraphs.map((text) => html`<p>${text}</p>`)}
      ${report.tables.map((table) => html`<div class="scroll" tabindex="0" role="region" aria-label=${table.title}><table><caption>${table.title}</caption>
        <thead><tr>${table.columns.map((column) => html`<th scope="col">${column.label}</th>`)}</tr></thead>
        <tbody>${table.rows.slice(0, MOST_ROWS).map((row) => html`<tr>${table.columns.map((column) => this.value(column.id, row[column.id]))}</tr>`)}
          ${table.total ? html`<tr class="total">${table.columns.map((column) => this.value(column.id, table.total![column.id]))}</tr>` : nothing}</tbody></table></div>
        ${table.rows.length > MOST_ROWS ? html`<p class="note">Xem trước ${MOST_ROWS} dòng đầu trong ${count(table.rows.length)}; tệp tải về có đủ.</p>` : nothing}
        ${table.notes.map((text) => html`<p class="note">${text}</p>`)}`)}
      ${report.checks.map((check) => html`<p class="note">${check.holds ? '✓' : '✗'} ${check.name}${check.detail ? `: ${check.detail}` : ''}</p>`)}
      <p class="note">${report.definition}</p></section>`;
  }
  private value(column: string, value: unknown): TemplateResult {
    if (column === 'case_id' && value) return html`<td><a href=${caseLink(String(value))}>${value}</a></td>`;
    return html`<td class=${typeof value === 'number' ? 'number' : ''}>${cell(value)}</td>`;
  }
}
customElements.define('view-reports', ReportsView);
