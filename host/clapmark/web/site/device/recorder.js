// Keeps what a person does with the device as the steps of a script.

const MOST_STEPS = 5000;

export class Recorder {
  constructor(steps = [], isComplete = true) {
    this.steps = steps;
    this.isComplete = isComplete; // false: earlier steps were dropped, so the script alone does not lead here
    this.isChanged = false;
  }

  add(step) {
    if (this.steps.length >= MOST_STEPS) {
      this.isComplete = false;
      return null;
    }
    this.steps.push(step);
    this.isChanged = true;
    return step;
  }

  // Return the steps in order of time; a press that is still held counts up to `nowUs`.
  sorted(nowUs) {
    return this.steps
      .map((step) => (step.lengthUs === null ? { ...step, lengthUs: Math.max(12_000, nowUs - step.atUs) } : step))
      .sort((one, other) => one.atUs - other.atUs);
  }

  // Return the lengths of the presses, as the random numbers for their bounces were drawn.
  draws() {
    return this.steps.filter((step) => step.kind === "press").map((step) => step.lengthUs ?? 12_000);
  }
}
