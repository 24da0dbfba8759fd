// What every view does: asks, shows, asks anew when figures changed, says what went wrong.
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import { type Route, change } from './route.js';
import { live, now } from './session.js';
import { periodsUntil, quarterOf, periodName, isoInstant } from './format.js';

// A view that takes long to ask is asked anew less often: at most a fifth of the time.
const SHORTEST_PAUSE_MS = 1000;
const PAUSE_PER_ASKING = 4;

export abstract class View extends LitElement {
  static override properties = { route: { attribute: false } };
  route!: Route;
  protected error = '';
  protected loaded = false;
  private asking = 0;
  private timer = 0;
  private stale = false;
  private running = false;
  private took = 0;
  private readonly onFigures = () => this.refreshSoon();

  protected override createRenderRoot(): this { return this; }
  override connectedCallback(): void {
    super.connectedCallback();
    live.addEventListener('figures', this.onFigures);
  }
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    live.removeEventListener('figures', this.onFigures);
    clearTimeout(this.timer);
    this.timer = 0;
  }
  protected override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('route')) {
      this.loaded = false;
      void this.refresh();
    }
  }

  // Asks; `current()` is false once something newer was asked for.
  protected abstract load(current: () => boolean): Promise<void>;
  protected abstract show(): TemplateResult;

  protected async refresh(): Promise<void> {
    const asked = ++this.asking;
    const current = () => asked === this.asking && this.isConnected;
    const began = performance.now();
    this.running = true;
    try {
      await this.load(current);
      if (!current()) return;
      this.error = '';
      this.loaded = true;
    } catch (error) {
      if (current()) this.error = error instanceof Error ? error.message : String(error);
    } finally {
      if (asked === this.asking) {
        this.running = false;
        this.took = performance.now() - began;
        this.requestUpdate();
        if (this.stale) this.refreshSoon();
      }
    }
  }

  protected refreshSoon(): void {
    this.stale = true;
    if (this.timer || this.running || !this.isConnected) return;
    const pause = Math.max(SHORTEST_PAUSE_MS, this.took * PAUSE_PER_ASKING);
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.stale = false;
      void this.refresh();
    }, Math.min(pause, 60_000));
  }

  protected get period(): string { return this.route.query['period'] ?? quarterOf(isoInstant(now())); }

  protected override render(): TemplateResult {
    return html`
      ${this.error ? html`<p class="problem" role="alert">${this.error}
        <button @click=${() => this.refresh()}>Thử lại</button></p>` : nothing}
      ${this.loaded ? this.show() : this.error ? nothing : html`<p class="wait" role="status">Đang tải…</p>`}`;
  }

  protected periodPicker(): TemplateResult {
    const choices = periodsUntil(isoInstant(now()));
    if (!choices.some((choice) => choice.label === this.period)) {
      choices.unshift({ label: this.period, name: periodName(this.period) });
    }
    return html`<label class="pick">Kỳ
      <select @change=${(event: Event) =>
        change(this.route, { period: (event.target as HTMLSelectElement).value })}>
        ${choices.map((choice) => html`
          <option value=${choice.label} ?selected=${choice.label === this.period}>${choice.name}</option>`)}
      </select></label>`;
  }
}
