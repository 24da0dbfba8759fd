// The score of QĐ 766 by group.
import { type TemplateResult, html, nothing } from 'lit';
import type { Definition, Sheet } from './api.js';
import { count, decimal } from './format.js';
import { bar, points } from './parts.js';

export function scoreGroups(sheet: Sheet, definition: Definition): TemplateResult {
  return html`<table class="score"><caption>Điểm theo nhóm chỉ số (QĐ 766)</caption>
    <thead><tr><th scope="col">Nhóm</th><th scope="col"><span class="hidden">Phần đạt được</span></th><th scope="col" class="number">Điểm</th></tr></thead>
    <tbody>${definition.groups.map((group) => html`<tr>
      <th scope="row">${group.name}</th>
      <td class="drawn">${bar(sheet.groups[group.id] ?? null, group.max)}</td>
      <td class="number">${points(sheet.groups[group.id] ?? null, group.max)}</td></tr>`)}</tbody></table>
    <details><summary>Từng chỉ số</summary><table><caption class="hidden">Từng chỉ số</caption>
      <thead><tr><th scope="col">Chỉ số</th><th scope="col" class="number">Đạt trên tổng</th><th scope="col" class="number">Điểm</th></tr></thead>
      <tbody>${sheet.components.map((each) => html`<tr><th scope="row">${each.name}${each.state === 'inherited' ? html` <small>theo điểm của tỉnh</small>` : nothing}</th>
        <td class="number">${count(each.numerator)} / ${count(each.denominator)}</td><td class="number">${points(each.points, each.max)}</td></tr>`)}</tbody></table></details>
    ${sheet.provisional ? html`<p class="note">Tạm tính: có hệ thống gửi dữ liệu đang im lặng.</p>` : nothing}`;
}
export function scoreTotal(sheet: Sheet): TemplateResult {
  return html`<p class="big">${decimal(sheet.total)} <small>trên ${sheet.measured_max} điểm đo được</small></p>
    <p>${sheet.band ? html`Xếp loại <b>${sheet.band.name}</b>. ` : nothing}
    ${sheet.rank ? html`Hạng ${sheet.rank} trong ${sheet.siblings} đơn vị cùng cấp.` : nothing}</p>`;
}
