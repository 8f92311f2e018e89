// Sign in, and go on where one wanted to be.
import { ActionButton } from "./action_button";
import { ask, Problem } from "./api";
import { element, set_hidden, set_text } from "./dom";
import type { App, Params, View } from "./view";
import "./login_view.css";

export class LoginView implements View {
  readonly element = element("div", { class: "login_view" });
  private readonly form = element("form", { class: "card section login", novalidate: "", "aria-labelledby": "login_title" });
  private readonly username = element("input", { id: "login_name", name: "username", type: "text", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: "" });
  private readonly password = element("input", { id: "login_password", name: "password", type: "password", autocomplete: "current-password", required: "" });
  private readonly submit = element("button", { type: "submit", class: "primary" }, "Sign in");
  private readonly failure = element("p", { class: "note", id: "login_failure", "data-tone": "bad", role: "alert" });
  private readonly why = element("p", { class: "hint" });
  private readonly go_on = new ActionButton("Go on", () => this.leave());
  private next = "#/";
  private busy = false;

  constructor(private readonly app: App) {
    this.form.append(
      element("h1", { tabindex: "-1", id: "login_title" }, "Sign in"),
      this.why,
      field("User name", this.username),
      field("Password", this.password),
      this.failure,
      this.submit,
      this.go_on.node,
    );
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.sign_in();
    });
    this.element.append(this.form);
  }

  show(params: Params): void {
    const next = params.query.get("next") ?? "";
    this.next = next.startsWith("#/") && !next.startsWith("#/login") ? next : "#/";
    this.password.value = "";
    set_text(this.failure, "");
    this.show_need();
    // Who was sent here because the session ended is still taken for signed in.
    void this.app.refresh_session().then(() => {
      this.show_need();
      if (!this.submit.hidden) this.username.focus();
    });
  }

  hide(): void {
    this.password.value = "";
  }

  update(): void {
    this.show_need();
  }

  private show_need(): void {
    const { auth_required, authenticated, username } = this.app.session;
    const in_already = auth_required && authenticated;
    const needed = auth_required && !authenticated;
    for (const node of [...this.form.querySelectorAll("label"), this.submit]) set_hidden(node, !needed);
    set_hidden(this.go_on.node, needed);
    const text = in_already ? `You are signed in as ${username}.` : needed ? "" : "This service asks for no credentials.";
    set_text(this.why, text);
    set_hidden(this.why, text === "");
  }

  private async sign_in(): Promise<void> {
    if (this.busy) return;
    const username = this.username.value.trim();
    if (username === "") return this.say("Enter your user name.", this.username);
    if (this.password.value === "") return this.say("Enter your password.", this.password);
    this.busy = true;
    set_text(this.submit, "Signing in…");
    try {
      await ask("/api/login", { method: "POST", body: { username, password: this.password.value } });
      await this.app.refresh_session();
      this.leave();
    } catch (failure) {
      this.password.value = "";
      this.say(words_of(failure), this.password);
    } finally {
      this.busy = false;
      set_text(this.submit, "Sign in");
    }
  }

  private say(text: string, field: HTMLInputElement): void {
    set_text(this.failure, text);
    for (const one of [this.username, this.password]) {
      if (one === field) one.setAttribute("aria-describedby", "login_failure");
      else one.removeAttribute("aria-describedby");
      one.setAttribute("aria-invalid", String(one === field));
    }
    field.focus();
  }

  private leave(): void {
    this.app.go(this.next);
  }
}

function words_of(failure: unknown): string {
  if (!(failure instanceof Problem)) return "The answer makes no sense. Try again.";
  if (failure.status === 401) return "User name and password do not fit.";
  return `Not signed in: ${failure.message}`;
}

function field(text: string, input: HTMLInputElement): HTMLElement {
  return element("label", { class: "field", for: input.id }, element("span", {}, text), input);
}
