// Elements, made without any text ever being read as HTML.

type Child = Node | string | undefined | false;

type Attributes = Record<string, string | number | boolean | ((e: Event) => void) | undefined>;

// h makes an element. An attribute that is a function listens to the event of its name.
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") e.addEventListener(name, value);
    else if (value === true) e.setAttribute(name, "");
    else if (value !== undefined && value !== false) e.setAttribute(name, String(value));
  }
  e.append(...children.filter((c): c is Node | string => c !== undefined && c !== false));
  return e;
}

const svgNamespace = "http://www.w3.org/2000/svg";

export function svg(tag: string, attributes: Record<string, string>, ...children: Node[]): SVGElement {
  const e = document.createElementNS(svgNamespace, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

// sign is one of the signs that index.html defines.
export const sign = (id: string, of = "star"): SVGElement => svg("svg", { class: of, "aria-hidden": "true" }, svg("use", { href: `#${id}` }));

export const find = <E extends HTMLElement>(selector: string, within: ParentNode = document): E => within.querySelector<E>(selector)!;
