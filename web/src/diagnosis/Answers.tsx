import type {
  Assessment,
  DiagnosisEstimate,
  DiagnosisQuestion,
  Fact,
  ModelVersion,
} from "../api/diagnosis-types";
import { drawerStore } from "../finding/drawer";
import { Message } from "../look/Message";
import { t } from "../words";
import { AnswerCard } from "./AnswerCard";
import { answerShown } from "./answers";
import { VersionsTable } from "./VersionsTable";
import "./answers.css";

export interface AnswerProps {
  facts: Fact[];
  /** Opens what an answer was made from. */
  onOpen: (version: ModelVersion, estimate: DiagnosisEstimate | null) => void;
  /** Goes to the field of a fact. */
  onFill: (name: string) => void;
}

interface AnswersProps {
  assessment: Assessment;
  about: string;
  onFill: (name: string) => void;
}

/** Questions that some model answers come first; else the order is that of the pathway. */
export function answeredFirst(questions: DiagnosisQuestion[]): DiagnosisQuestion[] {
  const answered = (question: DiagnosisQuestion) =>
    question.models.some((family) => family.versions.some((version) => version.refusal === null));
  return [...questions.filter(answered), ...questions.filter((each) => !answered(each))];
}

/** Every question of the pathway with the models that answer it, or say why they do not. */
export function Answers({ assessment, about, onFill }: AnswersProps) {
  const { facts, questions } = assessment;
  const shared: AnswerProps = {
    facts,
    onOpen: (version, estimate) => drawerStore.set(answerShown(version, estimate, facts, about)),
    onFill,
  };
  if (questions.length === 0) return <Message title={t("answers.none")} body={t("answers.none_body")} />;
  return (
    <>
      {answeredFirst(questions).map(({ question, title, models }) => {
        const several = models.filter((family) => family.versions.length > 1);
        const single = models.filter((family) => family.versions.length === 1);
        return (
          <section key={question} className="question" data-testid={`question-${question}`}>
            <h2>{title}</h2>
            {several.map((family) => (
              <VersionsTable key={family.name} family={family} {...shared} />
            ))}
            {single.length > 0 && (
              <ul className="answer-cards">
                {single.map((family) => (
                  <AnswerCard key={family.name} version={family.versions[0] as ModelVersion} {...shared} />
                ))}
              </ul>
            )}
          </section>
        );
      })}
    </>
  );
}
