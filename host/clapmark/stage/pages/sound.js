// Sounds at the stages: one click, two clicks, a roll. A browser plays none before somebody has touched the page.

const BEEPS = {
  "one-finger": [[0, 880, 0.12]],
  "two-finger": [[0, 880, 0.12], [0.25, 880, 0.12]],
  applause: [[0, 660, 0.2], [0.3, 660, 0.2], [0.6, 440, 0.7]],
};

export class Sounds {
  constructor() {
    this.isOn = false;
    this.context = null;
    addEventListener("pointerdown", () => this.wake(), { once: true });
    addEventListener("keydown", () => this.wake(), { once: true });
  }

  wake() {
    this.context ??= new AudioContext();
    this.context.resume();
  }

  toggle() {
    this.isOn = !this.isOn;
    if (this.isOn) {
      this.wake();
      this.play("one-finger", true);
    }
  }

  play(stage, isWanted) {
    if (!(this.isOn || isWanted) || !(stage in BEEPS)) return;
    this.played = [...(this.played ?? []), stage];
    if (!this.context) return;
    for (const [after, hertz, length] of BEEPS[stage]) {
      const at = this.context.currentTime + after;
      const tone = this.context.createOscillator();
      const volume = this.context.createGain();
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.0001, at);
      volume.gain.exponentialRampToValueAtTime(0.4, at + 0.01);
      volume.gain.exponentialRampToValueAtTime(0.0001, at + length);
      tone.connect(volume).connect(this.context.destination);
      tone.start(at);
      tone.stop(at + length + 0.02);
    }
  }
}
