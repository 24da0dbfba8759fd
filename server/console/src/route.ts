// Addresses within the page: #/don-vi/H34.05?period=2025-Q1
import { type Query, queryText } from './api.js';

export interface Route { view: string; id: string; query: Record<string, string>; }

export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  const [view = '', ...rest] = path.split('/');
  const id = rest.map(decodeURIComponent).join('/');
  return { view: view || 'tong-quan', id, query: Object.fromEntries(new URLSearchParams(query)) };
}
export function link(view: string, id = '', query: Query = {}): string {
  const text = queryText(query);
  return `#/${view}${id ? `/${encodeURIComponent(id)}` : ''}${text ? `?${text}` : ''}`;
}
export const unitLink = (code: string, query: Query = {}): string => link('don-vi', code, query);
export const caseLink = (id: string, query: Query = {}): string => link('ho-so', id, query);
// The list behind a number: the same question as the number's own.
export const casesLink = (query: Query): string => link('ho-so', '', query);

// Other values of the same view; nothing is kept in the history for it.
export function change(route: Route, query: Query): void {
  location.replace(link(route.view, route.id, { ...route.query, ...query }));
}
