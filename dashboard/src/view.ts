// The seam between the frame of the page (main.ts) and its views. A view is a file `<name>_view.ts` that exports
// `class XView implements View` with a constructor that takes the App, and imports its own css file.
// The frame makes a view when its route is first opened and keeps it: show() and hide() come in turns, update() with
// every status while it is shown (about once a second), tick() four times a second while it is shown.
import type { Session, Status } from "./api";
import type { Feed } from "./feed";

// What the address says, decoded: #/stream/NAME/incidents/ID?level=warn gives { stream: "NAME", incident: "ID" } and
// query "level=warn".
export interface Params {
  stream: string; // "" where the route has none
  incident: string;
  query: URLSearchParams;
}

export interface View {
  readonly element: HTMLElement; // begins with an <h1 tabindex="-1">: it gets the focus when the route changes
  show(params: Params): void; // also when only the params change
  hide(): void; // stop timers, players, subscriptions: nothing works unseen
  update(status: Status): void;
  tick?(stale: boolean): void; // clocks; stale: the newest status is too old to be shown as true
}

export interface App {
  readonly feed: Feed; // events of the supervisor: feed.on("log", ...)
  readonly status: Status | null; // the newest, may be stale
  readonly session: Session; // who is looking; without credentials in force everybody is operator
  may_operate(): boolean; // false for a viewer: buttons that change something are disabled
  is_stale(): boolean;
  take(status: Status): void; // the answer to a command holds a new status: show it at once
  go(hash: string): void; // "#/logs"
  refresh_session(): Promise<void>; // after login and logout
}

export type ViewClass = new (app: App) => View;
