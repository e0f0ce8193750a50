// The buzzer, as the browser's loudspeaker. A browser lets a page sound only after a press on it.

const VOLUME = 0.04;

let audio = null;
let oscillator = null;
let gain = null;
let isOn = true;
let now = { duty: 0, hz: 0 };

// Call it on a press.
export function allowSound() {
  if (audio || !window.AudioContext) return;
  audio = new AudioContext();
  oscillator = new OscillatorNode(audio, { type: "square" });
  gain = new GainNode(audio, { gain: 0 });
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start();
  apply();
}

export function setSound(on) {
  isOn = on;
  apply();
}

// Sound as the buzzer's pin does: duty in 1/65536, frequency in Hz.
export function buzz(duty, hz) {
  now = { duty, hz };
  const { dataset } = document.documentElement;
  if (duty) dataset.buzzes = String(Number(dataset.buzzes ?? 0) + 1);
  apply();
}

function apply() {
  if (!audio) return;
  if (now.hz) oscillator.frequency.setValueAtTime(now.hz, audio.currentTime);
  gain.gain.setTargetAtTime(isOn && now.duty ? VOLUME : 0, audio.currentTime, 0.002);
  // a context that runs costs a few per cent of a core
  if (now.duty && isOn) audio.resume();
  else setTimeout(() => !now.duty && audio.suspend(), 100);
}
