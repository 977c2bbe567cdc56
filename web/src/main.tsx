import "@fontsource-variable/instrument-sans/wdth.css";
import "./look/tokens.css";
import "./look/base.css";
import "./look/mark.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { CrashGuard } from "./app/CrashGuard";
import { language } from "./words";

/** Longest that the first paint waits for the typeface, so that nothing shifts when it comes. */
const FONT_WAIT_MS = 400;

async function start(): Promise<void> {
  document.documentElement.lang = language;
  await Promise.race([
    document.fonts.load("600 16px 'Instrument Sans Variable'"),
    new Promise((done) => setTimeout(done, FONT_WAIT_MS)),
  ]);
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <CrashGuard>
        <App />
      </CrashGuard>
    </StrictMode>,
  );
}

void start();
