// The device's face: its picture, crisp and to scale, its LED, and what of it shakes and shines.

const PANEL_MM = { tdisplay: 24.9, "m5stickc-plus2": 24.9, oled: 21.74 }; // the width of the glass
const DEVICE_MM = { tdisplay: [51.5, 25], "m5stickc-plus2": [50, 27], oled: [40, 44] };
const NAMES = { tdisplay: "T-Display", "m5stickc-plus2": "M5StickC Plus2", oled: "ESP32 + SSD1306" };
const MOST_HEIGHT = 0.55; // of the window

const device = document.getElementById("device");
const canvas = document.getElementById("panel");
const led = document.getElementById("led");
const context = canvas.getContext("2d");
let board = "tdisplay";

// Show another board, dark.
export function showBoard(name, buttons, outputs) {
  board = name;
  device.dataset.board = name;
  document.getElementById("name").textContent = NAMES[name] ?? name;
  led.hidden = !outputs.includes("led");
  for (const key of device.querySelectorAll(".key")) key.hidden = !buttons.includes(key.dataset.key);
  scale();
}

export function showPicture({ width, height, pixels }) {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
    scale();
  }
  context.putImageData(new ImageData(pixels, width, height), 0, 0);
}

// Show lights and vibration: levels or duties of 0 to 65535, by name.
export function showOutputs(outputs) {
  if ("backlight" in outputs) {
    // half the duty looks much brighter than half
    canvas.style.filter = `brightness(${(0.15 * Math.sign(outputs.backlight) + 0.85 * (outputs.backlight / 65535) ** 0.45).toFixed(3)})`;
  } else canvas.style.filter = "";
  led.style.opacity = String(0.08 + 0.92 * ((outputs.led ?? 0) / 65535) ** 0.45);
  const isShaking = Boolean(outputs.vibration);
  if (isShaking && !device.classList.contains("shakes")) navigator.vibrate?.(200);
  device.classList.toggle("shakes", isShaking);
}

// Choose how many dots of the monitor one of the panel takes: a whole number, whatever the zoom is.
function scale() {
  const stage = document.getElementById("stage");
  const ratio = window.devicePixelRatio || 1;
  const [widthMm, heightMm] = DEVICE_MM[board];
  const dots = canvas.width / PANEL_MM[board]; // of the panel, for a millimetre
  const room = Math.min((stage.clientWidth - 24) / widthMm, (window.innerHeight * MOST_HEIGHT) / heightMm);
  const whole = Math.floor((room * ratio) / dots);
  const factor = whole >= 1 ? whole : (room * ratio) / dots; // a narrow window of few dots: smaller, and smoothed
  canvas.classList.toggle("is-small", whole < 1);
  canvas.style.width = `${(canvas.width * factor) / ratio}px`;
  canvas.style.height = `${(canvas.height * factor) / ratio}px`;
  device.style.setProperty("--mm", `${(dots * factor) / ratio}px`);
}

new ResizeObserver(scale).observe(document.getElementById("stage"));
window.addEventListener("resize", scale);
