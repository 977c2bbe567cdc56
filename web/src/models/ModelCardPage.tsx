import type { ReactNode } from "react";
import { api } from "../api/client";
import type { ModelCard, ModelInput } from "../api/types";
import { useResource } from "../api/use-resource";
import { Link } from "../app/Link";
import { Failed, Message, Skeleton } from "../look/Message";
import { t, tMaybe } from "../words";
import { formatUnit, formatValue } from "../words/format";
import "./models.css";

export default function ModelCardPage({ name }: { name: string }) {
  const card = useResource(`model ${name}`, () => api.model(name));
  return (
    <div className="page page-narrow">
      <p className="small">
        <Link href="/models">{t("models.title")}</Link>
      </p>
      {card.status === "loading" && <Skeleton rows={5} height={96} />}
      {card.status === "failed" &&
        (card.error.status === 404 ? (
          <Message page title={t("models.not_found")} body={name} />
        ) : (
          <Failed error={card.error} onRetry={card.reload} />
        ))}
      {card.data && <Card card={card.data} />}
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <section className="fact">
      <h2 className="eyebrow">{name}</h2>
      {children}
    </section>
  );
}

/** Text is shown as text, anything richer as an indented list of its parts. */
function Rich({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === "") return <p className="quiet">{t("app.none")}</p>;
  if (typeof value !== "object") return <p>{formatValue(value)}</p>;
  return <pre className="mono rich">{JSON.stringify(value, null, 2)}</pre>;
}

function Card({ card }: { card: ModelCard }) {
  return (
    <article className="card" data-testid="model-card">
      <header>
        <h1>{card.title}</h1>
        <p>
          <span className="mono">{card.name}</span> · {t("models.version", { version: card.version })}
        </p>
        <p className="small">
          {t("models.digest")} <span className="mono">{card.digest}</span>
        </p>
      </header>
      <div className="card-two">
        <Fact name={t("models.intended")}>
          <p>{card.intended_use}</p>
        </Fact>
        <Fact name={t("models.not_for")}>
          <p>{card.not_for}</p>
        </Fact>
      </div>
      <Fact name={t("models.inputs")}>
        <Inputs inputs={card.inputs} />
      </Fact>
      <Fact name={t("models.outputs")}>
        <div className="panel table-frame">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t("models.name")}</th>
                <th scope="col">{t("models.title_column")}</th>
                <th scope="col">{t("models.unit")}</th>
                <th scope="col">{t("models.interval")}</th>
              </tr>
            </thead>
            <tbody>
              {card.outputs.map((output) => (
                <tr key={output.name}>
                  <td className="mono">{output.name}</td>
                  <td>{output.title}</td>
                  <td className="mono">{output.unit}</td>
                  <td>{output.interval ? t("app.yes") : t("app.no")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Fact>
      <div className="card-two">
        <Fact name={t("models.validity")}>
          <Rich value={card.validity} />
        </Fact>
        <Fact name={t("models.evidence")}>
          <Rich value={card.evidence} />
        </Fact>
        <Fact name={t("models.explanation")}>
          <Rich value={card.explanation} />
        </Fact>
        <Fact name={t("models.citation")}>
          <p>{card.citation}</p>
          <p className="quiet small">
            {t("models.licence")}: {card.licence}
          </p>
        </Fact>
      </div>
      <Fact name={t("models.parameters")}>
        <details className="panel">
          <summary>{t("models.parameters")}</summary>
          <Rich value={card.parameters} />
        </details>
      </Fact>
    </article>
  );
}

function range(input: ModelInput): string {
  if (input.categories && input.categories.length > 0) return input.categories.join(", ");
  const { low, high } = input;
  const ends = [low, high].map((end) => (end === null || end === undefined ? "" : formatValue(end)));
  return ends.join("") === "" ? "" : `${ends[0]} – ${ends[1]}`;
}

function Inputs({ inputs }: { inputs: ModelInput[] }) {
  return (
    <div className="panel table-frame">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{t("models.title_column")}</th>
            <th scope="col">{t("models.kind")}</th>
            <th scope="col">{t("models.range")}</th>
            <th scope="col">{t("models.unit")}</th>
            <th scope="col">{t("models.code")}</th>
            <th scope="col">{t("models.missing")}</th>
          </tr>
        </thead>
        <tbody>
          {inputs.map((input) => (
            <tr key={input.name}>
              <td>
                {input.title}
                <br />
                <span className="mono quiet">{input.name}</span>
              </td>
              <td>{tMaybe(`models.kind.${input.kind}`, input.kind)}</td>
              <td>{range(input)}</td>
              <td title={input.unit ?? undefined}>{formatUnit(input.unit)}</td>
              <td className="mono">{input.code}</td>
              <td>{input.missing}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
