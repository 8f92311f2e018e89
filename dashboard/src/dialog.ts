// A question before something that viewers notice. Escape and the second button mean no; the focus goes back by itself.
import { element } from "./dom";

export interface Question {
  title: string;
  text: string;
  yes: string;
  no: string;
}

export function confirmed(question: Question): Promise<boolean> {
  const no = element("button", { type: "button" }, question.no);
  const yes = element("button", { type: "button", class: "danger primary" }, question.yes);
  const dialog = element(
    "dialog",
    { "aria-labelledby": "dialog_title", "aria-describedby": "dialog_text" },
    element("h2", { id: "dialog_title" }, question.title),
    element("p", { id: "dialog_text" }, question.text),
    element("div", { class: "dialog_buttons" }, no, yes),
  );
  document.body.append(dialog);
  return new Promise((resolve) => {
    let answer = false;
    yes.addEventListener("click", () => {
      answer = true;
      dialog.close();
    });
    no.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    dialog.showModal();
    no.focus();
  });
}
