// Elements without markup: text from outside only ever becomes textContent or an attribute value.

export type Child = Node | string | null;

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const child of children) if (child !== null) node.append(child);
  return node;
}

export function by_id(id: string): HTMLElement {
  const node = document.getElementById(id);
  if (!node) throw new Error(`no element ${id}`);
  return node;
}

// Writes only what changed: a screen reader and the layout are left alone otherwise.
export function set_text(node: Element, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

export function set_attribute(node: Element, name: string, value: string): void {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value);
}

export function set_hidden(node: HTMLElement, hidden: boolean): void {
  if (node.hidden !== hidden) node.hidden = hidden;
}

// To a screen reader, once. The same words again are said again.
export function announce(text: string): void {
  const node = by_id("announcer");
  if (node.textContent !== text) return void (node.textContent = text);
  node.textContent = "";
  setTimeout(() => set_text(node, text), 100);
}

// An element whose children are replaced only when `key` differs from the last one: focus, scrolling and a screen reader's
// place survive a status that says the same.
export class Keyed {
  private key: string | null = null;

  constructor(private readonly node: Element) {}

  set(key: string, make: () => Child[]): void {
    if (key === this.key) return;
    this.key = key;
    this.node.replaceChildren(...make().filter((child): child is Node | string => child !== null));
  }
}
