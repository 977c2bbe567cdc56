/** The worker that reads a ward's stream and draws its wall: neither is work of the page's main thread. */
import { Wall, type WallCommand } from "../wall/wall";
import { type Attention, type News, WardStream } from "./ward-stream";

export type ToWorker =
  | { kind: "follow"; ward: string; gatherMs: number; attention: Attention }
  | { kind: "attend"; attention: Attention }
  | { kind: "wall"; command: WallCommand };
export type FromWorker = News;

let stream: WardStream | null = null;
const wall = new Wall((bed) => stream?.tiles.get(bed));

function take(message: ToWorker): void {
  if (message.kind === "wall") wall.take(message.command);
  else if (message.kind === "attend") stream?.attend(message.attention);
  else {
    stream = new WardStream({
      ward: message.ward,
      gatherMs: message.gatherMs,
      tell: (news) => self.postMessage(news),
      onTiles: (changed) => wall.changed(changed),
      onGone: () => wall.all(),
      onHeard: (serverTime) => wall.heard(serverTime),
    });
    stream.attend(message.attention);
  }
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => take(data);
