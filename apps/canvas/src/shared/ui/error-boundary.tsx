"use client";

import { Component, type ReactNode } from "react";

import { ErrorNotice } from "./error-notice.tsx";

interface ErrorBoundaryProps {
  /** The name of its content, as in "Files could not be shown." */
  name: string;
  children: ReactNode;
}

/** Contains the error of one part: that part shows a retry, and the rest of the app keeps working. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { error: unknown; hasFailed: boolean }> {
  override state = { error: undefined as unknown, hasFailed: false };

  static getDerivedStateFromError(error: unknown) {
    return { error, hasFailed: true };
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div className="p-4">
        <p className="mb-2 font-medium">{this.props.name} could not be shown.</p>
        <ErrorNotice error={this.state.error} onRetry={() => this.setState({ error: undefined, hasFailed: false })} />
      </div>
    );
  }
}
