Feature: Model backup
  Every export leaves a copy of the exported model in the project's container.
  Guide: "Get model export backups".

  @CVSI-BACKUP-01 @must @backup
  Rule: The backup is named "{projectId} - {iterationId}.{platformType}"
    The container holds it after an export has completed.

    Scenario: An export leaves a backup under the documented name
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the container holds the backup

  @CVSI-BACKUP-02 @must @backup
  Rule: The backup is a copy of the exported model
    It has the bytes of `downloadUri`; or both are zip archives with the same entries and contents. It is never empty.

    Scenario: The backup has the content of the exported model
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the backup is a copy of the exported model

  @CVSI-BACKUP-03 @should @backup
  Rule: The backup is byte-for-byte identical to the exported model
    The exported model is the content of the export's own `downloadUri`.

    Scenario: The backup has the bytes of the exported model
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the backup is byte-for-byte identical to the exported model

  @CVSI-BACKUP-04 @must @backup
  Rule: Every platform that the domain can export is backed up
    If the domain can export none of them, CVSI-BACKUP-01 fails.

    Scenario Outline: An export as <platform> leaves a backup
      Given a project with storage integration
      And it has been trained
      When it is exported as <platform> and the export completes
      Then the container holds the backup
      And the backup is a copy of the exported model

      Examples:
        | platform   |
        | CoreML     |
        | TensorFlow |
        | ONNX       |
        | DockerFile |
        | VAIDK      |

  @CVSI-BACKUP-05 @should @backup
  Rule: Backups need no queue

    Scenario: A project with a container and no queue is backed up
      Given a project with a container and no queue
      And it has been trained
      When it is exported and the export completes
      Then the container holds the backup

  @CVSI-BACKUP-06 @should @backup
  Rule: Projects that share a container have separate backups

    Scenario: Two projects export to one container
      Given two projects that share a container
      And they have been trained
      When they are exported and the exports complete
      Then the container holds the backup of each project
      And the backup of each project is a copy of its own model

  @CVSI-BACKUP-07 @should
  Rule: A project without a container exports normally and writes to no container

    Scenario: A project without storage integration is exported
      Given a project without storage integration
      And it has been trained
      When it is exported and the export completes
      Then the exported model can be downloaded
      And no queue or container of the run is written to

    @notifications
    Scenario: A project with a queue and no container is exported
      Given a project with a queue and no container
      And it has been trained
      When it is exported and the export completes
      Then the exported model can be downloaded
      And no container of the run is written to

  @CVSI-BACKUP-08 @should @backup
  Rule: A backup is complete when it first appears

    Scenario: The backup of an export is complete when it first appears
      Given a project with storage integration
      And it has been trained
      When it is exported and the export completes
      Then the backup was complete when first seen

  @CVSI-BACKUP-09 @should @backup @provoked-export-failure
  Rule: An export that fails leaves no backup
    The requirement applies if an export can be made to fail.

    Scenario: A failed export leaves no backup
      Given a project whose exports fail
      And it has been trained
      When it is exported and the export fails
      Then the container holds no backup
