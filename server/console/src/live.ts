// The alert stream: one WebSocket that comes back by itself and loses nothing (epoch and seq).
import { type Alert, forgetToken, token } from './api.js';

const PLACE_KEY = 'tthc.place';
const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
const CLOSE_TOKEN_EXPIRED = 4401;
const CLOSE_POLICY = 1008;

export type LinkState = 'connecting' | 'open' | 'lost';
export interface Welcome { resume: 'fresh' | 'replayed' | 'snapshot'; omitted: number; seq: number; }
interface Message {
  type: string; seq: number; epoch: string; alert: Alert; resume: Welcome['resume']; omitted: number;
}

// Events: 'state' (of the link), 'alert' (a message came), 'figures' (ask anew).
export class Live extends EventTarget {
  state: LinkState = 'connecting';
  // Of the present link: how it took up the stream, and how much it made up for.
  welcome: Welcome | null = null;
  replayed = 0;
  private epoch = '';
  private seq: number | null = null;
  private socket: WebSocket | null = null;
  private wait = SHORTEST_WAIT_MS;
  private timer = 0;
  private everOpen = false;

  constructor() {
    super();
    const place = sessionStorage.getItem(PLACE_KEY);
    if (place) ({ epoch: this.epoch, seq: this.seq } = JSON.parse(place));
  }

  start(): void {
    if (this.socket || this.timer) return;
    this.connect();
  }
  stop(): void {
    clearTimeout(this.timer);
    this.timer = 0;
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }

  private connect(): void {
    this.timer = 0;
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/ws/alerts`, 'tthc.alerts.v1');
    this.socket = socket;
    socket.onopen = () => {
      const resume = this.seq == null ? undefined : { epoch: this.epoch, seq: this.seq };
      socket.send(JSON.stringify({ type: 'hello', token: token(), figures: true, resume }));
    };
    socket.onmessage = (event) => this.take(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.socket = null;
      if (event.code === CLOSE_TOKEN_EXPIRED || event.code === CLOSE_POLICY) {
        this.become('lost');
        forgetToken();
        window.dispatchEvent(new Event('tthc-sign-in'));
        return;
      }
      this.become('lost');
      this.timer = window.setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
    };
  }

  private become(state: LinkState): void {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }

  private take(message: Message): void {
    switch (message.type) {
      case 'welcome':
        this.wait = SHORTEST_WAIT_MS;
        this.epoch = message.epoch;
        // A replay goes on from our place; otherwise the stream's place is ours from here on.
        if (message.resume !== 'replayed') this.seq = message.seq;
        this.welcome = message;
        this.replayed = 0;
        this.keepPlace();
        this.become('open');
        // What happened meanwhile to the figures was told to nobody.
        if (this.everOpen) this.dispatchEvent(new Event('figures'));
        this.everOpen = true;
        return;
      case 'figures':
        this.dispatchEvent(new Event('figures'));
        return;
      case 'alert':
      case 'digest':
      case 'resolved':
        this.takeAlert(message);
        return;
    }
  }

  private takeAlert(message: Message): void {
    const old = this.seq ?? 0;
    this.seq = Math.max(old, message.seq);
    this.keepPlace();
    if (this.welcome?.resume === 'replayed' && message.seq <= this.welcome.seq) ++this.replayed;
    // What a snapshot brings had been told before.
    const isNew = message.seq > old;
    this.dispatchEvent(new CustomEvent('alert', { detail: { type: message.type, alert: message.alert, isNew } }));
  }

  private keepPlace(): void {
    sessionStorage.setItem(PLACE_KEY, JSON.stringify({ epoch: this.epoch, seq: this.seq }));
  }
}
