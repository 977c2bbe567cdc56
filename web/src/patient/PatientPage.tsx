export default function PatientPage(_: { id: string; session: import("../api/types").Session }) {
  return null;
}
