// The worker of the device page: owns the virtual device. Messages in and out are plain objects with a `type`.

import { Session } from "./session.js";

let session = null;

async function start({ board, replay }) {
  session?.stop();
  session = new Session((message, transfer) => postMessage(message, transfer ?? []));
  if (replay) await session.startReplay(board, replay);
  else await session.startOwn(board);
}

onmessage = async ({ data }) => {
  try {
    if (data.type === "start") await start(data);
    else if (data.type === "renew") {
      await session.renew();
      postMessage({ type: "renewed" });
    } else await session[data.type](data);
  } catch (error) {
    postMessage({ type: "failed", text: String(error?.message ?? error) });
  }
};
