// When things happen: the script's steps and the edges on their way to the pins; clapmark/sim/timeline.py in JavaScript.

import { LONGEST_BOUNCE_US } from "./models/bounce.js";

const AFTERMATH_US = 1_000_000;

export class Timeline {
  // `steps`: in order of time.
  constructor(steps = []) {
    this.steps = steps;
    this.next = 0;
    this.edges = []; // in order of time, level 0 before 1 as in the Python heap
  }

  get stepUs() {
    return this.next < this.steps.length ? this.steps[this.next].atUs : Infinity;
  }

  // When the next edge or step comes.
  get nextUs() {
    return Math.min(this.edges.length ? this.edges[0].atUs : Infinity, this.stepUs);
  }

  // Return the step that is due, if no edge comes before it, or null.
  takeStep(nowUs) {
    const stepUs = this.stepUs;
    if (stepUs > nowUs || (this.edges.length && this.edges[0].atUs < stepUs)) return null;
    return this.steps[this.next++];
  }

  // Return the edge that is due, or null.
  takeEdge(nowUs) {
    return this.edges.length && this.edges[0].atUs <= nowUs ? this.edges.shift() : null;
  }

  // Add steps to those that have not been taken.
  addSteps(steps) {
    const rest = [...this.steps.slice(this.next), ...steps].sort((one, other) => one.atUs - other.atUs);
    this.steps = rest;
    this.next = 0;
  }

  // Set off edges; what the same pin had before them is cut off there.
  addEdges(edges) {
    const { pin, atUs } = edges[0];
    this.edges = this.edges.filter((edge) => edge.pin !== pin || edge.atUs < atUs).concat(edges);
    this.edges.sort((one, other) => one.atUs - other.atUs || one.pin - other.pin || one.level - other.level);
  }
}

// Return the steps of a script; one without `end` ends a second after its last press is over.
export function withEnd(steps) {
  if (steps.at(-1).kind === "end") return steps;
  const overUs = Math.max(...steps.map((step) => step.atUs + (step.lengthUs ?? 0)));
  return [...steps, { atUs: overUs + LONGEST_BOUNCE_US + AFTERMATH_US, kind: "end" }];
}
