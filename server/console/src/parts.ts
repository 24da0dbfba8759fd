// Pieces of pages that several views show.
import { type TemplateResult, html, nothing, svg } from 'lit';
import { type CaseLine, type Open, type Query } from './api.js';
import { NONE, count, day, decimal, moment, percent, word } from './format.js';
import { caseLink, casesLink, unitLink } from './route.js';
import { now, unitName } from './session.js';

export const badge = (kind: string, text: string): TemplateResult =>
  html`<span class="badge ${kind}">${text}</span>`;

export function tile(kind: string, label: string, value: TemplateResult | string, href: string,
                     note: TemplateResult | string = ''): TemplateResult {
  return html`<a class="tile ${kind}" href=${href}>
    <span class="label">${label}</span><span class="value">${value}</span>
    ${note ? html`<span class="note">${note}</span>` : nothing}</a>`;
}

// The four ways in which the time of an open case can stand, the pressing ones first.
export function openTiles(open: Open, query: Query): TemplateResult {
  const of = (clock: string): string => casesLink({ ...query, clock, order: 'urgency' });
  return html`<div class="tiles">
    ${tile('overdue', 'Quá hạn', count(open.overdue), of('overdue'), 'phải giải quyết ngay')}
    ${tile('due_soon', 'Sắp đến hạn', count(open.due_soon), of('due_soon'), 'trong 8 giờ làm việc')}
    ${tile('paused', 'Tạm dừng', count(open.paused), of('paused'), 'chờ người dân bổ sung')}
    ${tile('in_time', 'Còn hạn', count(open.in_time), of('in_time'), html`trong ${count(open.total)} đang giải quyết`)}
  </div>`;
}

export function clockText(line: { clock: CaseLine['clock']; state?: string }): string {
  if (line.clock.text) return line.clock.text;
  if (line.clock.state === 'not_open') return word(line.state ?? 'not_open');
  if (line.clock.state === 'in_time' && line.clock.deadline === null) return 'Không có hạn';
  return word(line.clock.state);
}
export function clockKind(line: { clock: CaseLine['clock']; state?: string }): string {
  if (line.clock.state !== 'not_open') return line.clock.state;
  return line.state === 'resolved_late' ? 'overdue' : 'not_open';
}

const DAY_MS = 86_400_000;
// Where it stands, and since when nothing was heard of it: why it is late, and whom to ask.
function standing(line: CaseLine): TemplateResult | string {
  if (line.ended_at) return `Kết thúc ${day(line.ended_at)}`;
  const silent = Math.floor((now() - Date.parse(line.recorded)) / DAY_MS);
  if (line.clock.state === 'overdue' && silent >= 2) {
    return html`<b>${count(silent)} ngày không có tin mới</b><small>${line.status}</small>`;
  }
  return html`${line.status}<small>tin mới nhất ${day(line.recorded)}</small>`;
}

// The unit in a column of its own, below the number in place of the procedure, or not at all.
export type UnitPlace = 'column' | 'below' | 'nowhere';

export function caseTable(lines: CaseLine[], procedures: Map<string, string>, caption: string,
                          unit: UnitPlace = 'column'): TemplateResult {
  if (lines.length === 0) return html`<p class="none">Không có hồ sơ nào.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${caption}><table class="cases">
    <caption class="hidden">${caption}</caption>
    <thead><tr><th scope="col">Thời hạn</th><th scope="col">Hồ sơ</th>
      <th scope="col">Đang ở đâu</th>${unit === 'column' ? html`<th scope="col">Đơn vị</th>` : nothing}</tr></thead>
    <tbody>${lines.map((line) => html`<tr>
      <td>${badge(clockKind(line), clockText(line))}<small>hẹn ${moment(line.due_at)}</small></td>
      <th scope="row"><a href=${caseLink(line.case_id)}>${line.case_id}</a>
        <small>${unit === 'below' ? unitName(line.unit) : procedures.get(line.procedure ?? '') || line.procedure || ''}</small></th>
      <td>${standing(line)}</td>
      ${unit === 'column' ? html`<td><a class="plain" href=${unitLink(line.unit)}>${unitName(line.unit)}</a></td>` : nothing}
    </tr>`)}</tbody></table></div>`;
}

// A share drawn: `part` of `whole`, at most all of it.
export function bar(part: number | null, whole: number, kind = ''): TemplateResult {
  const width = part == null || whole <= 0 ? 0 : Math.max(0, Math.min(100, (part / whole) * 100));
  return html`<svg class="bar ${kind}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="rest" width="100" height="6" rx="1"></rect>
    ${svg`<rect class="part" width=${width} height="6" rx="1"></rect>`}</svg>`;
}

export function ratioCard(title: string, ratio: number | null, part: number, whole: number,
                          partHref: string, wholeHref: string, note: TemplateResult | string): TemplateResult {
  return html`<section class="card ratio"><h3>${title}</h3>
    <p class="big">${percent(ratio)}</p>
    ${bar(part, whole)}
    <p><a href=${partHref}>${count(part)}</a> trên <a href=${wholeHref}>${count(whole)} hồ sơ</a></p><p class="note">${note}</p></section>`;
}

export const points = (value: number | null, max: number): string =>
  `${value == null ? NONE : decimal(value)} / ${decimal(max)}`;
