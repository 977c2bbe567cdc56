import { Component, type ReactNode } from "react";
import { t } from "../words";

/** If the page itself fails, it says so: a stale picture must never pass for a live one. */
export class CrashGuard extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="page" role="alert">
        <h1>{t("failed.title")}</h1>
        <p>{t("failed.crash")}</p>
        <p>
          <button type="button" className="button primary" onClick={() => window.location.reload()}>
            {t("app.retry")}
          </button>
        </p>
        <p className="quiet">{t("app.research")}</p>
      </main>
    );
  }
}
