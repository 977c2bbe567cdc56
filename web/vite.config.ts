import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  build: {
    outDir: "../src/fyr/serve/page",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // A strict content-security policy has no data: addresses, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Clock times in the tests are those of one place, wherever they run.
  test: { include: ["tests/**/*.test.ts"], env: { TZ: "Europe/Stockholm" } },
  server: {
    port: 5173,
    proxy: { "/api": loadEnv(mode, ".", "FYR_").FYR_SERVER ?? "http://127.0.0.1:8000" },
  },
}));
