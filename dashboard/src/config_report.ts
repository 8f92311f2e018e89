// What came of a check, a save or a reload of the configuration, in words; a fault leads to its line.
import { line_of, type ConfigApplied, type ConfigFault, type ConfigOutcome } from "./config_api";
import { element, type Child } from "./dom";

export type ConfigAct = "check" | "save" | "reload";

export interface ConfigReport {
  tone: "good" | "warn" | "bad";
  title: string;
  content: Child[];
}

const done_titles: Record<ConfigAct, string> = {
  check: "No fault found. Nothing was changed.",
  save: "Saved and applied.",
  reload: "Read from the file and applied.",
};
const refused_titles: Record<ConfigAct, string> = {
  check: "This would be refused.",
  save: "Not saved: the configuration in force is unchanged.",
  reload: "The file is refused: the configuration in force is unchanged.",
};

type Jump = ((line: number) => void) | null;

// `jump`: to a line of the editor; null: the lines are of another text.
export function report_of(act: ConfigAct, outcome: ConfigOutcome, jump: Jump): ConfigReport {
  switch (outcome.kind) {
    case "done":
      return done_report(act, outcome.answer);
    case "faults":
      return { tone: "bad", title: faults_title(act, outcome.faults.length), content: [fault_list(outcome.faults, jump)] };
    case "changed_meanwhile":
      return {
        tone: "warn",
        title: "Not saved: the file was changed since it was read here.",
        content: ["Somebody else saved, or the file was edited. Copy your text if you need it, reload from the file, and make your change there."],
      };
    case "failed":
      return { tone: "bad", title: refused_titles[act], content: [outcome.detail] };
  }
}

function faults_title(act: ConfigAct, count: number): string {
  return `${refused_titles[act]} ${count === 1 ? "One fault" : `${count} faults`}:`;
}

function done_report(act: ConfigAct, answer: ConfigApplied): ConfigReport {
  const would = act === "check" ? "would be " : "";
  const content = [
    group(act === "check" ? "Would be applied at once" : "Applied", answer.applied),
    group(`${act === "check" ? "Would need" : "In force after"} a restart of the service (with systemd: systemctl restart streamer-supervisor)`, answer.needs_restart),
    group("Warnings", answer.warnings),
  ].filter((child) => child !== null);
  if (answer.applied.length + answer.needs_restart.length === 0) content.unshift(element("p", {}, `Nothing ${would || "is "}different from what is in force.`));
  const warn = answer.needs_restart.length + answer.warnings.length > 0;
  return { tone: warn ? "warn" : "good", title: done_title(act, answer), content };
}

// What waits is not called applied.
function done_title(act: ConfigAct, answer: ConfigApplied): string {
  if (act === "check" || answer.needs_restart.length === 0) return done_titles[act];
  return `${act === "save" ? "Saved." : "Read from the file."} ${answer.applied.length > 0 ? "Some of it" : "It"} waits for a restart of the service.`;
}

function group(title: string, texts: string[]): HTMLElement | null {
  if (texts.length === 0) return null;
  return element("div", { class: "report_group" }, element("h3", {}, title), element("ul", {}, ...texts.map((text) => element("li", {}, text))));
}

function fault_list(faults: ConfigFault[], jump: Jump): HTMLElement {
  return element("ol", { class: "faults" }, ...faults.map((fault) => fault_row(fault, jump)));
}

function fault_row(fault: ConfigFault, jump: Jump): HTMLElement {
  const line = line_of(fault);
  const leads = jump !== null && line > 0;
  const place = leads ? element("button", { type: "button", class: "small jump" }, `Line ${line}`) : element("span", {}, fault.place);
  if (leads) place.addEventListener("click", () => jump(line));
  return element(
    "li",
    {},
    place,
    element("p", {}, fault.pointer ? element("code", {}, fault.pointer) : null, " ", fault.problem, fault.allowed ? element("span", { class: "allowed" }, ` Allowed: ${fault.allowed}`) : null),
  );
}
