import { type FormEvent, useState } from "react";
import { ApiError, api } from "../api/client";
import type { Session } from "../api/types";
import { Lighthouse } from "../shell/Lighthouse";
import { t, tMaybe } from "../words";
import "./signin.css";

function reasonWords(reason: unknown): string {
  if (!(reason instanceof ApiError) || reason.status === 0) return t("signin.unreachable");
  if (reason.status === 401) return t("signin.wrong");
  return [reason.what, reason.mend].filter(Boolean).join(". ");
}

export function SignInPage({ session, expired }: { session: Session; expired: boolean }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [working, setWorking] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setWorking(true);
    setProblem(null);
    try {
      await api.signIn(name.trim(), password);
    } catch (reason) {
      setProblem(reasonWords(reason));
      setPassword("");
      setWorking(false);
    }
  }

  return (
    <div className="signin">
      <header className="signin-brand">
        <Lighthouse size={72} />
        <p className="signin-name">{t("app.name")}</p>
        <p className="signin-tagline">{t("signin.tagline")}</p>
        <p className="signin-hospital">{session.hospital}</p>
      </header>
      <main className="signin-main">
        <form onSubmit={submit} aria-labelledby="signin-title">
          <h1 id="signin-title">{t("signin.title")}</h1>
          {expired && <p className="signin-note">{t("session.expired")}</p>}
          <label>
            {t("signin.name")}
            <input
              className="field"
              name="name"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              // biome-ignore lint/a11y/noAutofocus: the page has one purpose, and this field is where it begins.
              autoFocus
              required
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </label>
          <label>
            {t("signin.password")}
            <input
              className="field"
              name="password"
              type="password"
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </label>
          <p className="signin-problem" role="alert" data-testid="signin-problem">
            {problem}
          </p>
          <button type="submit" className="button primary" disabled={working}>
            {working ? t("signin.working") : t("signin.submit")}
          </button>
          {session.simulated && <p className="quiet small">{t("signin.demo")}</p>}
        </form>
        <section className="signin-roles">
          <h2 className="eyebrow">{t("signin.roles")}</h2>
          <dl>
            {session.roles.map((role) => (
              <div key={role}>
                <dt>{tMaybe(`role.${role}`, role)}</dt>
                <dd className="quiet">{tMaybe(`role.${role}.can`, "")}</dd>
              </div>
            ))}
          </dl>
        </section>
      </main>
      <footer className="signin-foot">
        <p>{t("app.research")}</p>
        {session.simulated && (
          <p className="simulated hatched" data-testid="simulated">
            {t("app.simulated")}
          </p>
        )}
        <p className="quiet">
          {t("app.name")} {session.version}
        </p>
      </footer>
    </div>
  );
}
