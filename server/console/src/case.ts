// Hồ sơ: one case, as it stands and as it stood.
import { type TemplateResult, html, nothing } from 'lit';
import { type Answered, type Case, type CaseAlert, type Finding, type Timeline, ask, casePath, download } from './api.js';
import { NONE, count, day, moment, word } from './format.js';
import { lifeLine } from './drawing.js';
import { badge, clockKind, clockText } from './parts.js';
import { change, unitLink } from './route.js';
import { live, may, me } from './session.js';
import { View } from './view.js';

const isInstant = (text: string | null): boolean => text != null && /^\d{4}-\d\d-\d\dT/.test(text);
const shown = (text: string | null): string => (isInstant(text) ? moment(text) : word(text));
const hours = (seconds: number): string => {
  const whole = Math.round(seconds / 3600);
  return whole >= 48 ? `${count(Math.floor(whole / 24))} ngày ${whole % 24} giờ` : `${count(whole)} giờ`;
};

// What whoever answers for it does next, by how its time stands.
const ADVICE: Record<string, (deadline: string, stopped: boolean) => string> = {
  overdue: (_, stopped) => stopped
    ? 'đã yêu cầu bổ sung quá một lần nên bị tính quá hạn: gặp người dân để hoàn tất hồ sơ, gửi thư xin lỗi.'
    : 'giải quyết và trả kết quả ngay; gửi thư xin lỗi và hẹn lại ngày trả nếu chưa gửi.',
  due_soon: (deadline) => `trả kết quả trước ${deadline}.`,
  paused: () => 'chờ người dân bổ sung; nhắc nếu đã lâu. Thời hạn dừng đến khi hồ sơ được bổ sung.',
  in_time: (deadline) => (deadline === NONE ? 'đúng tiến độ, không có ngày hẹn trả.' : `đúng tiến độ; trả kết quả trước ${deadline}.`),
};

class CaseView extends View {
  private case!: Case;
  private timeline!: Timeline;
  private moments: { as_of: string[]; known_at: string[] } = { as_of: [], known_at: [] };
  private momentsOf = '';
  private note = '';
  private readonly onAlert = (event: Event) => {
    if ((event as CustomEvent).detail.alert.case_id === this.route.id) this.refreshSoon();
  };
  override connectedCallback(): void {
    super.connectedCallback();
    live.addEventListener('alert', this.onAlert);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    live.removeEventListener('alert', this.onAlert);
  }

  protected override willUpdate(changed: Map<string, unknown>): void {
    // Another moment of the same case: what is shown stays until the answer comes.
    const before = changed.get('route') as { id: string } | undefined;
    const same = changed.has('route') && before?.id === this.route.id && this.loaded;
    super.willUpdate(changed);
    if (same) this.loaded = true;
  }

  protected async load(current: () => boolean): Promise<void> {
    const path = casePath(this.route.id);
    const view = { as_of: this.route.query['as_of'], known_at: this.route.query['known_at'] };
    const [one, timeline] = await Promise.all([ask<Case>(path, view), ask<Timeline>(`${path}/timeline`, view)]);
    // The sliders' steps are of all that is known now.
    const whole = view.known_at || this.momentsOf === `${this.route.id} ${one.statements}` ? null : timeline;
    const all = whole ?? (this.momentsOf.startsWith(`${this.route.id} `) ? null : await ask<Timeline>(`${path}/timeline`));
    if (!current()) return;
    Object.assign(this, { case: one, timeline });
    if (all) {
      const sorted = (of: 'event' | 'recorded') => [...new Set(all.statements.map((each) => each[of]))]
        .sort((a, b) => Date.parse(a) - Date.parse(b));
      this.moments = { as_of: sorted('event'), known_at: sorted('recorded') };
      this.momentsOf = `${this.route.id} ${all.statements.length}`;
    }
  }

  protected show(): TemplateResult {
    const { case: the, timeline } = this;
    const past = this.route.query['as_of'] || this.route.query['known_at'];
    return html`<header class="head"><div><h1 tabindex="-1">Hồ sơ ${the.case_id}</h1>
        <p>${the.procedure_name ?? the.procedure ?? ''}</p>
        <p class="note"><a href=${unitLink(the.unit)}>${the.unit_name ?? the.unit}</a>, ${word(the.channel).toLowerCase()}, tiếp nhận ${moment(the.received_at)}</p></div>
        <div class="clock ${clockKind({ clock: the.clock, state: the.verdicts['qd766']?.state ?? '' })}">
          <strong id="clock">${clockText({ clock: the.clock, state: the.verdicts['qd766']?.state ?? '' })}</strong>
          <span>${the.status.name}${the.clock.deadline ? `, hạn ${moment(the.clock.deadline)}` : ''}</span></div></header>
      ${past ? html`<p class="past" role="status">Đang xem hồ sơ như nó từng là. <a href=${`#/ho-so/${encodeURIComponent(the.case_id)}`}>Về hiện tại</a></p>` : nothing}
      ${!past && ADVICE[the.clock.state] ? html`<p class="advice ${the.clock.state}"><b>Việc cần làm:</b> ${ADVICE[the.clock.state]!(moment(the.clock.deadline), the.clock.stopped)}</p>` : nothing}
      <section class="card"><h2>Quá trình</h2>${lifeLine(the, timeline)}${this.sliders()}</section>
      <div class="columns two">${['form06', 'qd766'].map((rule) => this.verdict(the, rule))}</div>
      ${this.findings(timeline.findings ?? the.findings)}
      ${this.alerts(timeline.alerts)}
      ${this.revisions(timeline)}
      ${this.statements(timeline)}
      ${may('audit') && me.sees_all_units ? html`<section class="card"><h2>Bằng chứng</h2>
        <p>Tệp chứng minh hồ sơ này nguyên vẹn trong nhật ký, kiểm được bằng <code>tthcmon verify-proof</code>.</p>
        <p><button id="proof" @click=${() => this.proof()}>Tải bằng chứng</button></p>
        ${this.note ? html`<p class="problem" role="alert">${this.note}</p>` : nothing}</section>` : nothing}`;
  }

  private async proof(): Promise<void> {
    try {
      await download(`${casePath(this.case.case_id)}/proof`, {}, `bang-chung_${this.case.case_id}.json`);
      this.note = '';
    } catch (error) {
      this.note = error instanceof Error ? error.message : String(error);
    }
    this.requestUpdate();
  }

  private sliders(): TemplateResult {
    return html`<div class="sliders">
      ${this.slider('as_of', 'Sự việc xảy ra đến')}
      ${this.slider('known_at', 'Thông tin nhận được đến')}</div>`;
  }
  // Each step is one moment at which something was said; the last one is now.
  private slider(name: 'as_of' | 'known_at', label: string): TemplateResult {
    const steps = this.moments[name];
    const at = this.route.query[name];
    const index = at ? Math.max(steps.findLastIndex((step) => Date.parse(step) <= Date.parse(at)), 0) : steps.length;
    const text = (i: number) => (i >= steps.length ? 'hiện tại' : moment(steps[i]));
    return html`<label for=${name}>${label}: <output for=${name}>${text(index)}</output></label>
      <input type="range" id=${name} min="0" max=${steps.length} step="1" .value=${String(index)} aria-valuetext=${text(index)}
        @input=${(event: Event) => {
          const i = Number((event.target as HTMLInputElement).value);
          change(this.route, { [name]: i >= steps.length ? null : steps[i] });
        }}>`;
  }

  private verdict(the: Case, rule: string): TemplateResult {
    const verdict = the.verdicts[rule]!;
    const kind = verdict.state.endsWith('late') ? 'overdue' : verdict.state === 'outside' ? 'not_open' : 'in_time';
    return html`<section class="card"><h2>${rule === 'form06' ? 'Theo Biểu 06' : 'Theo QĐ 766'}</h2>
      <p>${badge(kind, word(verdict.state))}</p><p>${verdict.reason_text}</p>
      <dl class="facts">
        <dt>Hẹn trả</dt><dd>${moment(verdict.due_at)}${verdict.due_basis === 'statutory' ? ' (theo thời hạn thủ tục)' : ''}</dd>
        <dt>So tại</dt><dd>${moment(verdict.compared_at)}</dd>
        <dt>Chờ bổ sung</dt><dd>${verdict.requests === 0 ? 'không' : html`${verdict.requests} lần yêu cầu${verdict.waited_seconds ? `, đã chờ ${hours(verdict.waited_seconds)}` : ''}`}</dd>
      </dl><p class="note">Lịch làm việc ${the.calendar_version}</p></section>`;
  }

  private findings(findings: Finding[] | undefined): TemplateResult | typeof nothing {
    if (!findings?.length) return nothing;
    return html`<section class="card" id="findings"><h2>Phát hiện</h2><ul>${findings.map((each) => html`
      <li><b>${each.title ?? word(each.kind)}</b>, từ ${moment(each.since)}: ${each.text}</li>`)}</ul></section>`;
  }
  private alerts(alerts: CaseAlert[] | undefined): TemplateResult | typeof nothing {
    if (!alerts?.length) return nothing;
    const words = (each: Answered) => (each.comment ? `: “${each.comment}”` : '');
    return html`<section class="card" id="alerts"><h2>Cảnh báo đã phát</h2><ul>${alerts.map((alert) => html`
      ${alert.messages.map((each) => html`<li>${moment(each.at)}, báo ${word(each.level)}: ${each.text}
        ${each.held ? html`<small>(${word(each.held)}${each.digest ? `, trong bản tổng hợp lúc ${moment(each.digest.at)}` : ''})</small>` : nothing}</li>`)}
      ${alert.acknowledged ? html`<li class="good">${alert.acknowledged.by} đã nhận lúc ${moment(alert.acknowledged.at)}${words(alert.acknowledged)}</li>` : nothing}
      ${alert.snoozes.map((each) => html`<li class="good">${each.by} hoãn đến ${moment(each.until)}${words(each)}</li>`)}`)}</ul></section>`;
  }

  private revisions(timeline: Timeline): TemplateResult | typeof nothing {
    const moved = timeline.revisions.filter((each) => each.fact !== 'status');
    if (moved.length === 0) return nothing;
    return html`<section class="card"><h2>Thông tin đã bị thay đổi</h2><div class="scroll" tabindex="0" role="region" aria-label="Thông tin đã bị thay đổi"><table><caption class="hidden">Thông tin đã bị thay đổi</caption>
      <thead><tr><th scope="col">Nhận được lúc</th><th scope="col">Thông tin</th><th scope="col">Trước</th><th scope="col">Sau</th></tr></thead>
      <tbody>${moved.map((each) => html`<tr><td class="due">${moment(each.recorded)}</td><th scope="row">${word(each.fact)}</th>
        <td>${shown(each.before)}</td><td>${shown(each.after)}</td></tr>`)}</tbody></table></div></section>`;
  }

  private statements(timeline: Timeline): TemplateResult {
    return html`<section class="card"><h2>Mọi bản tin (${count(timeline.statements.length)})</h2><div class="scroll" tabindex="0" role="region" aria-label="Mọi bản tin"><table><caption class="hidden">Mọi bản tin</caption>
      <thead><tr><th scope="col">Sự việc lúc</th><th scope="col">Trạng thái</th><th scope="col">Hẹn trả</th><th scope="col">Kết thúc</th><th scope="col">Nhận được lúc</th><th scope="col">Loại, số</th></tr></thead>
      <tbody>${timeline.statements.map((each) => html`<tr class=${each.counted ? '' : 'off'}>
        <td class="due">${moment(each.event)}</td><th scope="row">${each.status_sent}. ${each.status_name}</th>
        <td class="due">${each.due_at ? moment(each.due_at) : ''}</td><td class="due">${each.finished_at ? moment(each.finished_at) : ''}</td>
        <td class="due">${moment(each.recorded)}</td>
        <td>${each.kind === 'snapshot' ? 'đồng bộ' : 'tiến độ'} ${each.seq}${each.counted ? '' : ', không tính'}</td></tr>`)}</tbody></table></div>
      <p class="note">Đến ${day(this.case.cut_off)}.</p></section>`;
  }
}
customElements.define('view-case', CaseView);
