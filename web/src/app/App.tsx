import { useEffect } from "react";
import { api } from "../api/client";
import { Message } from "../look/Message";
import { Shell } from "../shell/Shell";
import { SignInPage } from "../signin/SignInPage";
import { sessionStore, takeSession } from "../state/session";
import { useStore } from "../state/store";
import { t } from "../words";

const RETRY_MS = 3000;

/** Who is here decides what is shown: sign-in, or the rooms. */
export function App() {
  const state = useStore(sessionStore);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    async function ask() {
      try {
        takeSession(await api.session());
      } catch {
        if (stopped) return;
        sessionStore.set({ phase: "failed" });
        timer = setTimeout(ask, RETRY_MS);
      }
    }
    void ask();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);

  if (state.phase === "loading") return null;
  if (state.phase === "failed")
    return (
      <main className="page" role="alert">
        <Message page title={t("connection.lost_title")} body={t("connection.lost_advice")} />
        <p className="quiet small">{t("app.research")}</p>
      </main>
    );
  if (state.phase === "signed_out") return <SignInPage session={state.session} expired={state.expired} />;
  return <Shell session={state.session} />;
}
