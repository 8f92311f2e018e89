// What is around the views: navigation, the state of the connection, the banner that says when nothing shown is certain,
// who is logged in.
import { ask, type Session, type Status } from "./api";
import { announce, by_id, element, set_attribute, set_hidden, set_text } from "./dom";
import { duration } from "./format";
import { icon } from "./icon";
import { type Place, type RouteName } from "./router";
import { words } from "./state_words";
import type { App } from "./view";

const entries: [RouteName, string, string][] = [
  ["overview", "#/", "Overview"],
  ["logs", "#/logs", "Log"],
  ["alerts", "#/alerts", "Alerts"],
  ["config", "#/config", "Configuration"],
];

const titles: Partial<Record<RouteName, string>> = { logs: "Log", alerts: "Alerts", config: "Configuration", login: "Sign in" };

export class Frame {
  private readonly links = new Map<RouteName, HTMLElement>();
  private readonly badge = element("span", { class: "badge", hidden: "" });
  private was_stale = false;

  constructor(private readonly app: App) {
    for (const [route, hash, text] of entries) {
      const link = element("a", { href: hash }, icon(route), element("span", { class: "nav_text" }, text));
      if (route === "alerts") link.append(this.badge);
      this.links.set(route, link);
      by_id("nav").append(link);
    }
    this.app.feed.on("alert", () => void this.count_alerts());
    this.app.feed.on("open", () => void this.count_alerts());
  }

  update(status: Status): void {
    const version = status.service?.version ?? "";
    set_text(by_id("version"), version ? `Desktop Streamer ${version}` : "");
  }

  show_place(place: Place): void {
    const { route } = place;
    const at = route === "stream" || route === "incident" || route === "drill" ? "overview" : route;
    for (const [name, link] of this.links) {
      if (name === at) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    document.body.dataset["route"] = route;
  }

  title(place: Place, status: Status | null, stale: boolean): string {
    const name = place.params.stream;
    if (titles[place.route]) return `${titles[place.route]} · Desktop Streamer`;
    if (!status) return "Desktop Streamer";
    if (stale) return "No news · Desktop Streamer";
    const wanted = status.streams.filter((stream) => (name ? stream.name === name : stream.desired === "up"));
    const first = wanted.find((stream) => stream.on_air !== "picture") ?? wanted[0] ?? status.streams[0];
    return first ? `${words(first).word} · ${name || "Desktop Streamer"}` : "Desktop Streamer";
  }

  show_session(session: Session): void {
    const node = by_id("session");
    const known = session.auth_required && session.authenticated;
    set_hidden(node, !known);
    if (!known) return node.replaceChildren();
    const out = element("button", { type: "button", class: "small plain" }, "Sign out");
    out.addEventListener("click", () => void this.sign_out());
    const role = session.role === "viewer" ? " (may look only)" : "";
    node.replaceChildren(element("span", {}, `${session.username}${role}`), out);
  }

  tick(stale: boolean): void {
    const age = this.app.feed.age_ms();
    const known = Number.isFinite(age);
    const why = this.app.feed.why_away();
    document.body.classList.toggle("stale", known && stale);
    document.body.classList.toggle("unknown", !known);
    if (this.was_stale && !stale) announce("Connected again: everything shown is up to date");
    this.was_stale = known && stale;
    const away = why !== "" && (stale || !known);
    const text = !stale ? "Up to date" : known ? `${duration(age / 1000)} old` : why ? "Away" : "Connecting";
    set_text(by_id("link_text"), text);
    set_attribute(by_id("link"), "data-tone", !stale ? "good" : known || away ? "bad" : "wait");
    this.show_banner(away, stale, known, age, why);
  }

  private show_banner(away: boolean, stale: boolean, known: boolean, age: number, why: string): void {
    const banner = by_id("banner");
    const wanted = (away || (stale && known)) && document.body.dataset["route"] !== "login";
    if (!wanted) {
      set_hidden(banner, true);
      banner.replaceChildren();
      return;
    }
    // Role alert is read out on every change of text: the age and the countdown are for the eye only.
    if (banner.childElementCount === 0) {
      const retry = element("button", { type: "button", class: "small" }, "Try now");
      retry.addEventListener("click", () => this.app.feed.try_now());
      banner.append(element("p", { class: "banner_text" }), element("p", { class: "banner_clock", "aria-hidden": "true" }), retry);
    }
    const what = why ? `No connection: ${why}.` : "No news from the supervisor.";
    const shown = known ? " What is shown may no longer be true." : "";
    set_text(banner.children[0] as Element, `${what}${shown} This page keeps trying and goes on by itself.`);
    const next = this.app.feed.next_try_ms();
    const parts = [known ? `As of ${duration(age / 1000)} ago` : "", next > 0 ? `next try in ${Math.ceil(next / 1000)} s` : "trying now"];
    set_text(banner.children[1] as Element, parts.filter(Boolean).join(" · "));
    set_hidden(banner, false);
  }

  private async count_alerts(): Promise<void> {
    const answer = await ask("/api/alerts").then((reply) => reply.json() as Promise<{ active?: unknown[] }>).catch(() => null);
    const count = answer?.active?.length ?? 0;
    set_hidden(this.badge, count === 0);
    set_text(this.badge, String(count));
    this.badge.setAttribute("aria-label", `${count} open`);
  }

  private async sign_out(): Promise<void> {
    await ask("/api/logout", { method: "POST" }).catch(() => undefined);
    await this.app.refresh_session();
  }
}

