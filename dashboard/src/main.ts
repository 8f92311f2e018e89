// The page: the frame around one view at a time, and whether what is shown is still true.
import { get_session, on_unauthorized, type Session, type Status } from "./api";
import { AlertsView } from "./alerts_view";
import { ConfigView } from "./config_view";
import { by_id, set_text } from "./dom";
import { DrillView } from "./drill_view";
import { forget_features } from "./features";
import { Feed } from "./feed";
import { Frame } from "./frame";
import { IncidentView } from "./incident_view";
import { LoginView } from "./login_view";
import { LogsView } from "./logs_view";
import { Narrator } from "./narrator";
import { OverviewView } from "./overview_view";
import { place_of, type Place, type RouteName } from "./router";
import { StreamView } from "./stream_view";
import type { App, View, ViewClass } from "./view";
import "./style.css";

const tick_ms = 250;

const views: Record<RouteName, ViewClass> = {
  overview: OverviewView,
  stream: StreamView,
  incident: IncidentView,
  drill: DrillView,
  logs: LogsView,
  alerts: AlertsView,
  config: ConfigView,
  login: LoginView,
};

class Page implements App {
  readonly feed = new Feed();
  status: Status | null = null;
  session: Session = { auth_required: false, authenticated: false, username: "", role: "operator" };
  private readonly made = new Map<RouteName, View>();
  private readonly frame = new Frame(this);
  private readonly narrator = new Narrator();
  private place: Place = place_of(location.hash);
  private view: View | null = null;

  constructor() {
    this.feed.on("open", () => forget_features());
    this.feed.on("status", (status) => this.on_status(status));
    on_unauthorized(() => this.on_unauthorized());
    addEventListener("hashchange", () => this.open(place_of(location.hash), true));
    // A link to "#main" would be taken for a route.
    by_id("skip").addEventListener("click", (event) => {
      event.preventDefault();
      by_id("main").focus();
    });
    this.open(this.place, false);
    void this.refresh_session();
    this.feed.start();
    setInterval(() => this.tick(), tick_ms);
  }

  may_operate(): boolean {
    return !this.session.auth_required || (this.session.authenticated && this.session.role === "operator");
  }

  is_stale(): boolean {
    return this.feed.is_stale();
  }

  take(status: Status): void {
    this.feed.take(status);
  }

  go(hash: string): void {
    location.hash = hash;
  }

  async refresh_session(): Promise<void> {
    const before = this.session.authenticated;
    this.session = await get_session();
    this.frame.show_session(this.session);
    if (this.session.authenticated && !before) this.feed.try_now();
    if (this.session.auth_required && !this.session.authenticated) this.on_unauthorized();
    if (this.status && this.view) this.view.update(this.status);
  }

  // Where to go back to after the login is kept in its address.
  private on_unauthorized(): void {
    if (this.place.route === "login") return;
    this.go(`#/login?next=${encodeURIComponent(location.hash || "#/")}`);
  }

  private on_status(status: Status): void {
    this.status = status;
    this.narrator.update(status);
    this.frame.update(status);
    this.view?.update(status);
    this.tick();
  }

  private open(place: Place, focus: boolean): void {
    const next = this.made.get(place.route) ?? new views[place.route](this);
    this.made.set(place.route, next);
    this.place = place;
    if (next !== this.view) {
      this.view?.hide();
      this.view = next;
      by_id("main").replaceChildren(next.element);
      scrollTo(0, 0);
    }
    next.show(place.params);
    if (this.status) next.update(this.status);
    this.frame.show_place(place);
    this.tick();
    if (focus) this.focus_heading(next);
  }

  private focus_heading(view: View): void {
    const heading = view.element.querySelector<HTMLElement>("h1");
    if (heading && !view.element.contains(document.activeElement)) heading.focus({ preventScroll: true });
  }

  private tick(): void {
    const stale = this.feed.is_stale();
    this.frame.tick(stale);
    this.view?.tick?.(stale);
    set_text(document.querySelector("title") as Element, this.frame.title(this.place, this.status, stale));
  }
}

new Page();
