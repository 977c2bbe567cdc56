import type { DvhAnswer, PlanView } from "../api/imaging-types";
import { t } from "../words";
import { csvCell } from "../words/csv";
import { formatNumber } from "../words/format";

/** The histogram as a table of commas: the dose, and what of each structure gets at least that. */
export function dvhCsv(dvh: DvhAnswer): string {
  const head = ["dose_gy", ...dvh.structures.map(({ name }) => csvCell(`${name} cm3`))];
  const rows = dvh.dose_gy.map((gy, n) =>
    [gy, ...dvh.structures.map(({ cumulative_cm3 }) => cumulative_cm3[n] ?? "")].join(","),
  );
  return `${[head.join(","), ...rows].join("\n")}\n`;
}

/** A name for a file, of letters that every system takes. */
export function fileName(...parts: string[]): string {
  return parts
    .join("-")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
}

export function hand(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

const GAP = 8;
const FOOT = 40;

/** The planes as they stand, side by side, with what they are of and the line that every page carries. */
export function planesPicture(
  planes: HTMLElement,
  view: PlanView,
  words: string,
  patient: string,
): Promise<Blob | null> {
  const ratio = window.devicePixelRatio || 1;
  const frames = [...planes.querySelectorAll<HTMLElement>(".plane")].filter((each) => each.offsetWidth > 0);
  const shots = frames.map((frame) => ({
    canvases: [...frame.querySelectorAll("canvas")],
    title: [...(frame.querySelector(".plane-title")?.childNodes ?? [])]
      .map((each) => each.textContent?.trim())
      .filter(Boolean)
      .join("  "),
  }));
  const width = shots.reduce(
    (sum, { canvases }) => sum + (canvases[0]?.width ?? 0) + GAP * ratio,
    -GAP * ratio,
  );
  const height = Math.max(...shots.map(({ canvases }) => canvases[0]?.height ?? 0));
  const sheet = document.createElement("canvas");
  sheet.width = Math.max(width, 1);
  sheet.height = height + FOOT * ratio;
  const context = sheet.getContext("2d");
  if (!context) return Promise.resolve(null);
  context.fillStyle = "#000";
  context.fillRect(0, 0, sheet.width, sheet.height);
  const font = (weight: number, size: number) =>
    `${weight} ${size * ratio}px "Instrument Sans Variable", sans-serif`;
  let x = 0;
  for (const { canvases, title } of shots) {
    for (const canvas of canvases) context.drawImage(canvas, x, 0);
    context.font = font(500, 12);
    context.fillStyle = "#e8eef2";
    context.textBaseline = "top";
    context.fillText(title, x + 8 * ratio, 8 * ratio);
    x += (canvases[0]?.width ?? 0) + GAP * ratio;
  }
  context.font = font(500, 11);
  context.fillStyle = "#c3ccd3";
  context.fillText(
    `${t("plan.png_title", { patient, view: view.title ?? "" })} · ${words}`,
    8 * ratio,
    height + 6 * ratio,
  );
  context.fillText(t("app.research"), 8 * ratio, height + 22 * ratio);
  return new Promise((resolve) => sheet.toBlob(resolve, "image/png"));
}

export function windowWords({ center, width }: { center: number; width: number }): string {
  return t("plan.window.told", { center: formatNumber(center), width: formatNumber(width) });
}
