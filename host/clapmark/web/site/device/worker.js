// The worker of the device page: owns the virtual device. Messages in and out are plain objects with a `type`.

import { Session } from "./session.js";

let session = null;
let isLive = false;
let started = Promise.resolve();

async function start({ board, replay }) {
  isLive = false;
  session?.stop();
  session = new Session((message, transfer) => postMessage(message, transfer ?? []));
  if (replay) await session.startReplay(board, replay);
  else await session.startOwn(board);
  isLive = true;
}

onmessage = async ({ data }) => {
  try {
    if (data.type === "start") {
      started = start(data);
      await started;
      return;
    }
    if (data.type === "down" && !isLive) return; // a press before there is a device
    await started.catch(() => {});
    if (!isLive) return; // the start failed, and was reported
    if (data.type === "renew") {
      await session.renew();
      postMessage({ type: "renewed" });
    } else await session[data.type](data);
  } catch (error) {
    postMessage({ type: "failed", text: String(error?.message ?? error) });
  }
};
