// One field that finds units ("Dak To" finds "Đăk Tô") and opens cases by their number.
import { LitElement, type TemplateResult, html, nothing } from 'lit';
import { caseLink, unitLink } from './route.js';
import { findUnits, levelName } from './session.js';

const MOST = 8;
interface Hit { href: string; text: string; note: string; }

export class SearchField extends LitElement {
  static override properties = { hits: { state: true }, at: { state: true } };
  hits: Hit[] = [];
  at = -1;
  protected override createRenderRoot(): this { return this; }

  private find(text: string): void {
    const units = findUnits(text, MOST).map((unit) =>
      ({ href: unitLink(unit.code), text: unit.name, note: `${levelName(unit.level)} ${unit.code}` }));
    const id = text.trim();
    const number = /^[A-Za-z0-9.]+-.*\d/.test(id) ? [{ href: caseLink(id), text: id, note: 'mở hồ sơ' }] : [];
    this.hits = [...number, ...units];
    this.at = this.hits.length ? 0 : -1;
  }
  private go(hit: Hit | undefined): void {
    if (!hit) return;
    location.hash = hit.href;
    this.close();
    this.querySelector('input')!.value = '';
  }
  private close(): void { this.hits = []; this.at = -1; }
  private onKey(event: KeyboardEvent): void {
    const count = this.hits.length;
    if (event.key === 'ArrowDown' && count) this.at = (this.at + 1) % count;
    else if (event.key === 'ArrowUp' && count) this.at = (this.at - 1 + count) % count;
    else if (event.key === 'Enter') this.go(this.hits[this.at]);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
  }

  protected override render(): TemplateResult {
    return html`<input type="search" role="combobox" aria-label="Tìm đơn vị hoặc mã hồ sơ" placeholder="Tìm đơn vị, mã hồ sơ"
        aria-autocomplete="list" aria-controls="hits" aria-expanded=${this.hits.length > 0}
        aria-activedescendant=${this.at >= 0 ? `hit-${this.at}` : nothing} autocomplete="off" spellcheck="false"
        @input=${(event: Event) => this.find((event.target as HTMLInputElement).value)}
        @keydown=${this.onKey} @blur=${() => setTimeout(() => this.close(), 150)}>
      <ul id="hits" role="listbox" aria-label="Kết quả tìm" ?hidden=${this.hits.length === 0}>${this.hits.map((hit, i) => html`
        <li id="hit-${i}" role="option" aria-selected=${i === this.at} @mousedown=${() => this.go(hit)}>${hit.text}<small>${hit.note}</small></li>`)}</ul>`;
  }
}
customElements.define('search-field', SearchField);
