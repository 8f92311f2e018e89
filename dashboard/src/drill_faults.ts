// The faults that can be rehearsed: what is done, and what viewers should notice of it.
export interface DrillFault {
  name: string;
  title: string;
  done: string;
  expected: string;
}

const repeated = "Viewers see the last picture, repeated, until the next worker delivers; players go on.";

export const drill_faults: DrillFault[] = [
  { name: "kill", title: "Kill the worker", done: "The worker gets SIGKILL, as in a crash.", expected: repeated },
  { name: "stop", title: "Hang the worker", done: "The worker gets SIGSTOP: it lives, but gives no sign of life.", expected: repeated },
  { name: "exit", title: "Let the worker end", done: "The worker ends by itself, with a failure.", expected: repeated },
  { name: "oom", title: "Exhaust its memory", done: "The worker takes memory until it is ended by its limit or the kernel.", expected: `${repeated} The machine may be slow meanwhile.` },
  { name: "freeze", title: "Freeze the capture", done: "The capture stands still while the worker goes on.", expected: "Viewers see a still picture, then the slate or the next input, until it is captured again." },
  { name: "xlost", title: "Break the display connection", done: "The worker's connection to the X server breaks.", expected: "Viewers see the slate or the next input until the display is connected again." },
  { name: "diskfull", title: "Fill the disk of the copies", done: "Writing to output_dir fails as on a full disk.", expected: "Viewers notice nothing: the stream does not need the disk." },
];
