// The page: who asks, where one is, what is shown.
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import { ApiError, type Alert, forgetToken, keepToken, token } from './api.js';
import './alerts.js';
import './case.js';
import './cases.js';
import './findings.js';
import { clockTime, word } from './format.js';
import './overview.js';
import './reports.js';
import { type Route, caseLink, link, routeOf } from './route.js';
import './search.js';
import * as session from './session.js';
import './unit.js';

interface Page { view: string; title: string; show: (route: Route) => TemplateResult; }
const PAGES: Page[] = [
  { view: 'tong-quan', title: 'Tổng quan', show: (route) => html`<view-overview .route=${route}></view-overview>` },
  { view: 'don-vi', title: 'Đơn vị', show: (route) => html`<view-unit .route=${route}></view-unit>` },
  { view: 'canh-bao', title: 'Cảnh báo', show: (route) => html`<view-alerts .route=${route}></view-alerts>` },
  { view: 'ho-so', title: 'Hồ sơ', show: (route) => (route.id ? html`<view-case .route=${route}></view-case>` : html`<view-cases .route=${route}></view-cases>`) },
  { view: 'phat-hien', title: 'Phát hiện', show: (route) => html`<view-findings .route=${route}></view-findings>` },
  { view: 'bao-cao', title: 'Báo cáo', show: (route) => html`<view-reports .route=${route}></view-reports>` },
];
const LINKS: Record<string, string> = { connecting: 'đang kết nối', open: 'trực tiếp', lost: 'mất kết nối' };

class Console extends LitElement {
  static override properties = { phase: { state: true }, route: { state: true }, problem: { state: true }, fresh: { state: true } };
  phase: 'opening' | 'sign-in' | 'ready' = 'opening';
  route: Route = routeOf(location.hash);
  problem = '';
  fresh = 0;   // alerts that came since the alert view was left

  protected override createRenderRoot(): this { return this; }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('hashchange', () => this.onRoute());
    window.addEventListener('tthc-sign-in', () => this.signOut('Thẻ truy cập không còn giá trị. Hãy nhập thẻ mới.'));
    session.live.addEventListener('state', () => this.requestUpdate());
    session.live.addEventListener('alert', (event) => this.onAlert((event as CustomEvent).detail));
    void this.open();
  }

  private async open(): Promise<void> {
    try {
      await session.open();
      this.problem = '';
      this.phase = 'ready';
    } catch (error) {
      const refused = error instanceof ApiError && (error.status === 401 || error.status === 403);
      this.phase = 'sign-in';
      this.problem = refused ? (token() ? 'Thẻ truy cập không đúng hoặc không có quyền xem.' : '')
        : error instanceof Error ? error.message : String(error);
    }
  }
  private signOut(why: string): void {
    if (this.phase !== 'ready') return;
    session.live.stop();
    forgetToken();
    this.problem = why;
    this.phase = 'sign-in';
  }
  private signIn(event: Event): void {
    event.preventDefault();
    keepToken(String(new FormData(event.target as HTMLFormElement).get('token')).trim());
    void this.open();
  }

  private onRoute(): void {
    const before = this.route;
    this.route = routeOf(location.hash);
    if (this.route.view === 'canh-bao') this.fresh = 0;
    if (before.view === this.route.view && before.id === this.route.id) return;
    window.scrollTo(0, 0);
    // A reader is told of the new page by its heading.
    void this.updateComplete.then(() => setTimeout(() => (this.querySelector<HTMLElement>('main h1') ?? this.querySelector<HTMLElement>('main'))?.focus({ preventScroll: true }), 100));
  }

  private onAlert({ type, alert, isNew }: { type: string; alert: Alert; isNew: boolean }): void {
    if (!isNew || type === 'resolved') return;
    if (this.route.view !== 'canh-bao') ++this.fresh;
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    const shown = new Notification(word(alert.kind), { body: alert.text, tag: `${alert.id} ${alert.rung}`, lang: 'vi' });
    shown.onclick = () => {
      window.focus();
      location.hash = alert.case_id ? caseLink(alert.case_id) : link('canh-bao');
    };
  }

  protected override updated(): void {
    const page = PAGES.find((each) => each.view === this.route.view);
    document.title = `${page?.title ?? 'Không có trang này'}${this.route.id ? ` ${this.route.id}` : ''} | Giám sát TTHC`;
  }

  protected override render(): TemplateResult {
    if (this.phase === 'opening') return html`<main><p class="wait" role="status">Đang mở…</p></main>`;
    if (this.phase === 'sign-in') return this.signInForm();
    const page = PAGES.find((each) => each.view === this.route.view);
    const { state } = session.live;
    return html`<a class="skip" href="#noi-dung" @click=${(event: Event) => { event.preventDefault(); this.querySelector<HTMLElement>('main')?.focus(); }}>Đến nội dung</a>
      <header class="top"><a class="brand" href="#/tong-quan">Giám sát TTHC</a>
        <nav aria-label="Trang">${PAGES.map((each) => html`<a href=${link(each.view)} aria-current=${each.view === this.route.view ? 'page' : nothing}>${each.title}${each.view === 'canh-bao' && this.fresh
          ? html` <span class="fresh"><span class="hidden">có </span>${this.fresh}<span class="hidden"> mới</span></span>` : nothing}</a>`)}</nav>
        <search-field></search-field>
        <span class="link ${state}" role="status">${LINKS[state]}</span>
        ${session.me.auth_off ? nothing : html`<span class="who">${session.me.name} <button @click=${() => this.signOut('')}>Thoát</button></span>`}</header>
      ${state === 'lost' ? html`<p class="lost" role="alert">Mất kết nối với máy chủ từ ${clockTime(session.now())}. Số liệu đang hiện có thể đã cũ; trang tự nối lại.</p>` : nothing}
      <main id="noi-dung" tabindex="-1">${page ? page.show(this.route) : html`<h1 tabindex="-1">Không có trang này</h1><p><a href="#/tong-quan">Về Tổng quan</a></p>`}</main>`;
  }

  private signInForm(): TemplateResult {
    return html`<main class="sign-in"><h1>Giám sát TTHC</h1>
      <form @submit=${this.signIn}><label>Thẻ truy cập (token)
        <input name="token" type="password" required autocomplete="off" autofocus></label>
        <button class="main">Mở</button>
        ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
        <p class="note">Thẻ do người quản trị cấp, chỉ được giữ trong thẻ trình duyệt này.</p></form></main>`;
  }
}
customElements.define('tthc-console', Console);
