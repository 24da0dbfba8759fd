// Cảnh báo: the alert feed, as it stands and as it comes.
import { type TemplateResult, html, nothing } from 'lit';
import { type Alert, ask, tell } from './api.js';
import { count, isoInstant, moment, word } from './format.js';
import { badge } from './parts.js';
import { caseLink, change, unitLink } from './route.js';
import { live, may, now, unitName } from './session.js';
import { View } from './view.js';

const MOST = 200;
const HOUR_MS = 3_600_000;
const SNOOZES = [['1', '1 giờ'], ['4', '4 giờ'], ['24', '1 ngày'], ['72', '3 ngày']] as const;
const SEVERITIES = ['critical', 'warning', 'info'];
const isPressing = (alert: Alert): boolean => alert.kind === 'overdue' || alert.severity === 'critical';

// How the stream was taken up: whether anything can be missing.
function linkText(): string {
  const { state, welcome, replayed } = live;
  if (state !== 'open' || welcome === null) return state === 'lost' ? 'Mất kết nối, đang nối lại…' : '';
  switch (welcome.resume) {
    case 'fresh': return 'Đã kết nối. Danh sách là các cảnh báo đang mở.';
    case 'replayed': return replayed === 0 ? 'Đã nối lại, không bỏ lỡ cảnh báo nào.'
      : `Đã nối lại và nhận đủ ${count(replayed)} cảnh báo phát trong lúc mất kết nối.`;
    case 'snapshot': return 'Đã nối lại nhưng không phát lại được từng tin: danh sách là ảnh chụp các cảnh báo ' +
      `đang mở lúc này${welcome.omitted ? `, còn ${count(welcome.omitted)} cảnh báo cũ hơn chưa hiện` : ''}.`;
  }
}

class AlertsView extends View {
  private alerts: Alert[] = [];
  private selected = '';   // whose form is open
  private mode: 'ack' | 'snooze' = 'ack';
  private note = '';
  private readonly onAlert = () => this.refreshSoon();
  private readonly onState = () => {
    if (live.state === 'open') this.refreshSoon();
    this.requestUpdate();
  };

  override connectedCallback(): void {
    super.connectedCallback();
    live.addEventListener('alert', this.onAlert);
    live.addEventListener('state', this.onState);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    live.removeEventListener('alert', this.onAlert);
    live.removeEventListener('state', this.onState);
  }

  private get all(): boolean { return this.route.query['xem'] === 'tat-ca'; }

  protected async load(current: () => boolean): Promise<void> {
    const list = await ask<{ alerts: Alert[] }>('alerts', {
      unit: this.route.query['unit'], open: this.all ? undefined : true, limit: MOST,
    });
    if (current()) this.alerts = list.alerts;
  }

  protected show(): TemplateResult {
    const rank = (alert: Alert) => (isPressing(alert) ? -1 : SEVERITIES.indexOf(alert.severity));
    // The gravest first, of those the newest.
    const waiting = this.alerts.filter((alert) => !alert.acked_at && !alert.resolved)
      .sort((a, b) => rank(a) - rank(b) || (b.seq ?? 0) - (a.seq ?? 0));
    const seen = this.alerts.filter((alert) => alert.acked_at || alert.resolved);
    return html`<header class="head"><div><h1 tabindex="-1">Cảnh báo</h1>
        <p class="note">${count(waiting.length)} cảnh báo chưa ai nhận${this.alerts.length === MOST ? ` (trong ${MOST} cảnh báo mới nhất)` : ''}</p></div>
        <label class="pick">Xem<select @change=${(event: Event) => change(this.route, { xem: (event.target as HTMLSelectElement).value })}>
          <option value="" ?selected=${!this.all}>Đang mở</option><option value="tat-ca" ?selected=${this.all}>Tất cả</option></select></label>
        ${this.notifications()}</header>
      <p class="note" role="status">${linkText()}</p>
      ${this.note ? html`<p class="problem" role="alert">${this.note}</p>` : nothing}
      <section class="card"><h2>Chưa ai nhận</h2>
        ${waiting.length ? html`<ul class="alerts">${waiting.map((alert) => this.row(alert))}</ul>` : html`<p class="none">Không có cảnh báo nào chờ.</p>`}</section>
      ${seen.length ? html`<section class="card"><h2>${this.all ? 'Đã nhận hoặc đã xong' : 'Đã có người nhận'}</h2>
        <ul class="alerts">${seen.map((alert) => this.row(alert))}</ul></section>` : nothing}`;
  }

  private notifications(): TemplateResult | typeof nothing {
    if (!('Notification' in window) || Notification.permission !== 'default') return nothing;
    return html`<button @click=${async () => { await Notification.requestPermission(); this.requestUpdate(); }}>Bật thông báo trình duyệt</button>`;
  }

  private row(alert: Alert): TemplateResult {
    const open = this.selected === alert.id;
    return html`<li data-alert=${alert.id}>
      <div class="line">${badge(alert.resolved ? 'not_open' : isPressing(alert) ? 'overdue' : 'due_soon', alert.resolved ? 'Đã xong' : word(alert.kind))}
        <div class="what"><p>${alert.text}</p>
          <p class="note">${moment(alert.at)}, báo ${word(alert.level)}${alert.case_id
            ? html`, <a href=${caseLink(alert.case_id)}>${alert.case_id}</a>` : nothing}, <a href=${unitLink(alert.unit)}>${unitName(alert.unit)}</a>${alert.held && !alert.told ? html`, chờ bản tổng hợp (${word(alert.held)})` : nothing}</p>
          ${alert.acked_at ? html`<p class="answer">${alert.acked_by} đã nhận lúc ${moment(alert.acked_at)}${alert.ack_comment ? html`: “${alert.ack_comment}”` : nothing}</p>` : nothing}
          ${alert.snoozed_until && Date.parse(alert.snoozed_until) > now() ? html`<p class="answer">${alert.snoozed_by} hoãn đến ${moment(alert.snoozed_until)}${alert.snooze_comment ? html`: “${alert.snooze_comment}”` : nothing}</p>` : nothing}
        </div>
        ${alert.resolved ? nothing : html`<div class="acts">
          ${may('acknowledge') ? html`<button aria-expanded=${open && this.mode === 'ack'} @click=${() => this.choose(alert, 'ack')}>${alert.acked_at ? 'Ghi thêm' : 'Nhận'}</button>` : nothing}
          ${may('manage_alerts') ? html`<button aria-expanded=${open && this.mode === 'snooze'} @click=${() => this.choose(alert, 'snooze')}>Hoãn</button>` : nothing}</div>`}
      </div>
      ${open ? this.form(alert) : nothing}</li>`;
  }

  private choose(alert: Alert, mode: 'ack' | 'snooze'): void {
    this.selected = this.selected === alert.id && this.mode === mode ? '' : alert.id;
    this.mode = mode;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('form.answer input, form.answer select')?.focus());
  }

  private form(alert: Alert): TemplateResult {
    const ack = this.mode === 'ack';
    return html`<form class="answer" @submit=${(event: Event) => { event.preventDefault(); void this.answer(alert, event.target as HTMLFormElement); }}>
      ${ack ? nothing : html`<label>Hoãn <select name="hours">${SNOOZES.map(([hours, text]) => html`<option value=${hours}>${text}</option>`)}</select></label>`}
      <label>${ack ? 'Ý kiến (không bắt buộc)' : 'Lý do'} <input name="comment" maxlength="500" autocomplete="off"></label>
      <button class="main">${ack ? 'Xác nhận đã nhận' : 'Hoãn cảnh báo'}</button>
      <p class="note">${ack ? 'Cấp cao hơn sẽ không bị báo nữa.' : 'Nấc báo tiếp theo không đến sớm hơn lúc đó.'}</p></form>`;
  }

  private async answer(alert: Alert, form: HTMLFormElement): Promise<void> {
    const fields = new FormData(form);
    const comment = String(fields.get('comment') ?? '');
    const path = `alerts/${encodeURIComponent(alert.id)}`;
    try {
      if (this.mode === 'ack') await tell(`${path}/ack`, { comment });
      else await tell(`${path}/snooze`, { comment, until: isoInstant(now() + Number(fields.get('hours')) * HOUR_MS) });
      this.note = '';
      this.selected = '';
    } catch (error) {
      this.note = error instanceof Error ? error.message : String(error);
    }
    await this.refresh();
  }
}
customElements.define('view-alerts', AlertsView);
