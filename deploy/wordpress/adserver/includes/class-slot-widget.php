<?php
/**
 * The widget: a slot in a sidebar.
 */

namespace Adserver;

const WIDGET = 'adserver_slot';

/** Where blocks are widgets, our block is offered in its place. */
function without_our_widget( $hidden ) {
	return array_merge( (array) $hidden, array( WIDGET ) );
}

class Slot_Widget extends \WP_Widget {

	public function __construct() {
		$about = array(
			'description'           => __( 'A place for an ad of your ad server', 'adserver' ),
			'show_instance_in_rest' => true,
		);
		parent::__construct( WIDGET, __( 'Ad slot', 'adserver' ), $about );
	}

	public function widget( $args, $instance ) {
		$name = (string) ( $instance['name'] ?? '' );
		$html = slot_html( $name, read_key_values( (string) ( $instance['values'] ?? '' ) ), '' );
		if ( '' !== $html && defined( 'REST_REQUEST' ) && REST_REQUEST ) {
			$html = sample( $name ); // the editor asks for text or pictures, and says that there is no preview of a slot
		}
		if ( '' !== $html ) {
			echo $args['before_widget'], $html, $args['after_widget']; // phpcs:ignore WordPress.Security.EscapeOutput -- escaped there
		}
	}

	public function form( $instance ) {
		$this->field( 'name', __( 'Slot', 'adserver' ), (string) ( $instance['name'] ?? '' ) );
		$this->field( 'values', __( 'Key-values', 'adserver' ), (string) ( $instance['values'] ?? '' ) );
	}

	public function update( $new_instance, $old_instance ) {
		return array(
			'name'   => sanitize_text_field( $new_instance['name'] ?? '' ),
			'values' => sanitize_text_field( $new_instance['values'] ?? '' ),
		);
	}

	private function field( string $name, string $label, string $value ): void {
		printf(
			'<p><label for="%1$s">%2$s</label> <input class="widefat" id="%1$s" name="%3$s" value="%4$s"></p>',
			esc_attr( $this->get_field_id( $name ) ),
			esc_html( $label ),
			esc_attr( $this->get_field_name( $name ) ),
			esc_attr( $value )
		);
	}
}
