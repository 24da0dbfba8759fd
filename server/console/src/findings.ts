// Phát hiện: what the sender did not say, and what it makes of the ratio on time.
import { type TemplateResult, html, nothing } from 'lit';
import { type Finding, type FindingList, type HonestRatio, ask } from './api.js';
import { count, moment, percent, periodName, word } from './format.js';
import { badge, bar } from './parts.js';
import { caseLink, casesLink, change, unitLink } from './route.js';
import { homeUnit, unitName } from './session.js';
import { View } from './view.js';

const PAGE = 30;
const MOST_DIFFERING = 10;
const KINDS = { info: 'not_open', warning: 'due_soon', critical: 'overdue' } as Record<string, string>;
const instant = (text: string | null): string => (text && /^\d{4}-\d\d-\d\dT/.test(text) ? moment(text) : word(text));

class FindingsView extends View {
  private honest!: HonestRatio;
  private all!: FindingList;
  private found: Finding[] = [];
  private total = 0;
  private next: string | null = null;

  private get unit(): string { return this.route.query['unit'] ?? homeUnit(); }
  private get kind(): string { return this.route.query['kind'] ?? ''; }
  private get rule(): string { return this.route.query['rule'] ?? 'form06'; }

  protected async load(current: () => boolean): Promise<void> {
    const { unit, period, rule, kind } = this;
    const [honest, all, list] = await Promise.all([
      ask<HonestRatio>(`units/${unit}/honest-ratio`, { period, rule, limit: MOST_DIFFERING }),
      ask<FindingList>('findings', { unit, limit: 1 }),
      ask<FindingList>('findings', { unit, kind, limit: PAGE }),
    ]);
    if (current()) Object.assign(this, { honest, all, found: list.findings, total: list.total, next: list.next_cursor });
  }

  private async more(): Promise<void> {
    const page = await ask<FindingList>('findings', { unit: this.unit, kind: this.kind, limit: PAGE, cursor: this.next });
    this.found = [...this.found, ...page.findings];
    this.next = page.next_cursor;
    this.requestUpdate();
  }

  protected show(): TemplateResult {
    const { unit, period, rule, honest } = this;
    return html`<header class="head"><div><h1 tabindex="-1">Phát hiện: ${unitName(unit)}</h1>
        <p class="note">Nơi cần xem lại, không phải kết luận: phát hiện không làm đổi số liệu báo cáo.</p></div>
        ${this.periodPicker()}
        <label class="pick">Cách tính<select @change=${(event: Event) => change(this.route, { rule: (event.target as HTMLSelectElement).value })}>
          <option value="form06" ?selected=${rule === 'form06'}>Biểu 06</option><option value="qd766" ?selected=${rule === 'qd766'}>QĐ 766</option></select></label></header>
      <section class="card"><h2>Tỷ lệ đúng hạn: báo cáo và trung thực</h2><p class="note">${periodName(period)}</p>
        <div class="tiles">${honest.ratios.map((each, i) => html`<div class="tile ${i === 0 ? '' : 'plain'}">
          <span class="label">${each.name}</span><span class="value">${percent(each.ratio)}</span>
          ${bar(each.numerator, each.denominator)}
          <span class="note">${count(each.numerator)} trên ${count(each.denominator)}</span></div>`)}</div>
        ${honest.differing.total === 0 ? html`<p>Không hồ sơ nào làm hai tỷ lệ khác nhau.</p>` : html`
        <h3>${count(honest.differing.total)} hồ sơ làm nên khác biệt</h3>
        <p>${count(honest.differing.judged_otherwise)} hồ sơ được đánh giá khác đi, ${count(honest.differing.left_out)} hồ sơ có dấu hiệu lùi ngày
          (${count(honest.differing.left_out_on_time)} đang được tính đúng hạn).</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Hồ sơ làm nên khác biệt"><table><caption class="hidden">Hồ sơ làm nên khác biệt</caption>
          <thead><tr><th scope="col">Hồ sơ</th><th scope="col">Đơn vị</th><th scope="col">Đang ghi</th><th scope="col">Gửi lần đầu</th><th scope="col">Vì sao</th></tr></thead>
          <tbody>${honest.cases.map((each) => html`<tr><th scope="row"><a href=${caseLink(each.case_id)}>${each.case_id}</a></th>
            <td>${unitName(each.unit)}</td><td>${word(each.latest.state)}<br><small>${moment(each.latest.ended_at)}</small></td>
            <td>${word(each.first_known.state)}<br><small>${moment(each.first_known.ended_at)}</small></td>
            <td>${each.why.map((why) => why.text).join('; ')}</td></tr>`)}</tbody></table></div>`}
        <p><a href=${casesLink({ unit, period, rule, state: 'resolved' })}>Mọi hồ sơ đã giải quyết trong kỳ</a></p></section>
      <section class="card"><h2>${count(this.all.total)} phát hiện đang tồn tại</h2>
        <div class="chips">${this.chip('', 'Tất cả', this.all.total)}${this.all.counts.map((each) => this.chip(each.kind, each.title, each.count))}</div>
        <ul class="alerts">${this.found.map((each) => this.row(each))}</ul>
        ${this.next ? html`<p><button @click=${() => this.more()}>Xem thêm</button></p>` : nothing}
        <p class="note">Đang hiện ${count(this.found.length)} trong ${count(this.total)}.</p></section>`;
  }

  private chip(kind: string, title: string, total: number): TemplateResult {
    return html`<button aria-pressed=${this.kind === kind} @click=${() => change(this.route, { kind })}>${title} <b>${count(total)}</b></button>`;
  }
  private row(each: Finding): TemplateResult {
    return html`<li><div class="line">${badge(KINDS[each.severity ?? ''] ?? '', each.title ?? each.kind)}
      <div class="what"><p>${each.case_id ? html`<a href=${caseLink(each.case_id)}>${each.case_id}</a>, ` : nothing}
        ${each.unit ? html`<a href=${unitLink(each.unit)}>${unitName(each.unit)}</a>, ` : nothing}từ ${moment(each.since)}${each.other_case_id ? html`, trùng với <a href=${caseLink(each.other_case_id)}>${each.other_case_id}</a>` : nothing}</p>
        <p>${each.text}</p>
        ${each.statements?.length ? html`<ul class="proofs">${each.statements.map((one) => html`<li>${word(one.fact)}:
          ${one.before ? html`${instant(one.before)} → ` : nothing}<b>${instant(one.after)}</b>
          <small>bản tin ${one.seq ?? ''} nhận lúc ${moment(one.recorded)}</small></li>`)}</ul>` : nothing}</div></div></li>`;
  }
}
customElements.define('view-findings', FindingsView);
