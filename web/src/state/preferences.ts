import type { Order } from "../ward/order";
import { createStore } from "./store";

/** What a person has chosen on this device: kept over a reload and over signing in again. */

export function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Storage is refused (private window): the choice lasts as long as the page.
  }
}

export type Theme = "system" | "light" | "dark";

const storedTheme = read("fyr.theme");
export const themeStore = createStore<Theme>(
  storedTheme === "light" || storedTheme === "dark" ? storedTheme : "system",
);

export function chooseTheme(theme: Theme): void {
  themeStore.set(theme);
  keep("fyr.theme", theme === "system" ? null : theme);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const orderStore = createStore<Order>(read("fyr.order") === "need" ? "need" : "bed");

export function chooseOrder(order: Order): void {
  orderStore.set(order);
  keep("fyr.order", order);
}

export type View = "auto" | "tiles" | "wall";

const storedView = read("fyr.view");
/** How the ward is shown: as tiles, as one wall, or as fits its size. */
export const viewStore = createStore<View>(
  storedView === "tiles" || storedView === "wall" ? storedView : "auto",
);

export function chooseView(view: View): void {
  viewStore.set(view);
  keep("fyr.view", view === "auto" ? null : view);
}

/** The bed that the keyboard is on. */
export const selectedBedStore = createStore<string | null>(null);

/** The ward last shown. */
export const wardStore = createStore<string | null>(null);
